//! Tests of the rules: cases, and an oracle.

use std::env;

use jiff::{civil::date, tz::TimeZoneDatabase};
use proptest::prelude::*;

use super::*;
use crate::outages::Nth;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn rule(json: serde_json::Value) -> Recurrence {
    serde_json::from_value(json).expect("a rule")
}

fn starts(rule: &Recurrence, from: &str, to: &str) -> Vec<String> {
    let occurrences = rule.occurrences(at(from), at(to));
    occurrences.iter().map(|one| format!("{}/{}", one.start, one.end)).collect()
}

/// Cases 1 and 2.
#[test]
fn work_on_sunday_night_takes_place_when_clocks_change() {
    let sundays = rule(serde_json::json!({
        "start": "2027-03-07T03:30:00", "minutes": 90, "repeat": {"weekly": {"every": 1, "weekdays": ["sunday"]}},
    }));
    assert_eq!(sundays.check(), Ok(()));
    let spring = starts(&sundays, "2027-03-28T00:00:00Z", "2027-03-29T00:00:00Z");
    assert_eq!(spring, ["2027-03-28T01:30:00Z/2027-03-28T03:00:00Z"]);
    let autumn = starts(&sundays, "2027-10-31T00:00:00Z", "2027-11-01T00:00:00Z");
    assert_eq!(autumn, ["2027-10-31T00:30:00Z/2027-10-31T02:00:00Z"]);
}

/// Case 4.
#[test]
fn last_day_of_a_month_is_that_of_the_calendar() {
    let monthly = |start: &str, on: serde_json::Value| {
        rule(serde_json::json!({"start": start, "minutes": 60, "repeat": {"monthly": {"every": 1, "on": on}}}))
    };
    let last = monthly("2027-01-31T10:00:00", "last".into());
    let spring = starts(&last, "2027-03-01T00:00:00Z", "2027-05-01T00:00:00Z");
    assert_eq!(spring, ["2027-03-31T07:00:00Z/2027-03-31T08:00:00Z", "2027-04-30T07:00:00Z/2027-04-30T08:00:00Z"]);
    let day = monthly("2027-03-31T10:00:00", serde_json::json!({"day": 31}));
    assert_eq!(starts(&day, "2027-04-01T00:00:00Z", "2027-05-01T00:00:00Z"), [""; 0], "April has 30 days");
}

#[test]
fn rule_that_cannot_be_kept_is_refused() {
    use InvalidRecurrence::{Day, Every, Length, Seconds, Start, Until, Weekdays};
    let valid = rule(serde_json::json!({"start": "2027-03-07T03:30:00", "minutes": 90}));
    let sunday = |every, weekdays| Repeat::Weekly { every, weekdays };
    let on = |day| Repeat::Monthly { every: 1, on: MonthDay::Day(day) };
    assert_eq!(valid.check(), Ok(()));
    for (bad, reason) in [
        (Recurrence { start: date(2027, 3, 7).at(3, 30, 1, 0), ..valid.clone() }, Seconds),
        (Recurrence { minutes: 0, ..valid.clone() }, Length),
        (Recurrence { minutes: MAX_MINUTES + 1, ..valid.clone() }, Length),
        (Recurrence { repeat: sunday(0, vec![Weekday::Sunday]), ..valid.clone() }, Every),
        (Recurrence { repeat: sunday(53, vec![Weekday::Sunday]), ..valid.clone() }, Every),
        (Recurrence { repeat: sunday(1, vec![]), ..valid.clone() }, Weekdays),
        (Recurrence { repeat: sunday(1, vec![Weekday::Monday]), ..valid.clone() }, Start),
        (Recurrence { repeat: on(32), ..valid.clone() }, Day),
        (Recurrence { repeat: on(8), ..valid.clone() }, Start),
        (Recurrence { until: Some(date(2027, 3, 6)), ..valid.clone() }, Until),
    ] {
        assert_eq!(bad.check(), Err(reason), "{bad:?}");
    }
    let short = rule(serde_json::json!({"start": "2027-03-07T03:30", "minutes": 90}));
    assert_eq!(short, valid);
    for unknown in [
        r#"{"start":"2027-03-07T03:30:00","minutes":9,"x":1}"#,
        r#"{"start":"x","minutes":9}"#,
        r#"{"start":"2027-03-07","minutes":9}"#,
        r#"{"start":"2027-03-07 03:30","minutes":9}"#,
        r#"{"start":"2027-03-07T03:30:00.5","minutes":9}"#,
        r#"{"start":"2027-02-29T03:30","minutes":9}"#,
        r#"{"start":"2027-03-07T03:30","minutes":9,"until":"20270307"}"#,
        r#"{"start":"2027-03-07T03:30","minutes":9,"until":null}"#,
        r#"{"start":"2027-03-07T03:30","minutes":9,"exceptions":["2027-02-30"]}"#,
    ] {
        assert!(serde_json::from_str::<Recurrence>(unknown).is_err(), "{unknown}");
    }
}

/// Returns whether the rule has an occurrence that starts on `day`, from the words of the rule alone.
fn is_day(rule: &Recurrence, day: Date) -> bool {
    let first = rule.start.date();
    if day < first || rule.until.is_some_and(|until| day > until) || rule.exceptions.contains(&day) {
        return false;
    }
    match &rule.repeat {
        Repeat::Once => day == first,
        Repeat::Weekly { every, weekdays } => {
            let mut monday = first;
            while monday.weekday() != Weekday::Monday {
                monday = monday.yesterday().expect("a day");
            }
            let weeks = (day - monday).get_days() / 7;
            weeks % i32::from(*every) == 0 && weekdays.contains(&day.weekday())
        }
        Repeat::Monthly { every, on } => {
            let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
            (months(day) - months(first)) % i32::from(*every) == 0
                && match on {
                    MonthDay::Day(number) => day.day() == *number,
                    MonthDay::Last => day.tomorrow().expect("a day").day() == 1,
                    MonthDay::Weekday { nth, weekday } => {
                        let is_last = day.checked_add(7.days()).expect("a day").month() != day.month();
                        let place = [Nth::First, Nth::Second, Nth::Third, Nth::Fourth, Nth::Fifth];
                        let place = place[usize::try_from((day.day() - 1) / 7).expect("a week")];
                        day.weekday() == *weekday && if *nth == Nth::Last { is_last } else { place == *nth }
                    }
                }
        }
    }
}

/// Returns the occurrences that start in `from..to`, by looking at every minute of the IANA database's clock.
fn oracle(rule: &Recurrence, from: Timestamp, to: Timestamp) -> Vec<Occurrence> {
    let zone = TimeZoneDatabase::bundled().get(rule.zone.as_str()).expect("an IANA zone");
    let mut found = Vec::new();
    let mut day = zone.to_datetime(from).date().checked_sub(2.days()).expect("a day");
    let end = zone.to_datetime(to).date().checked_add(2.days()).expect("a day");
    while day <= end {
        if is_day(rule, day) {
            // The first instant at which clocks show the time, or have passed it by a change.
            let local = day.to_datetime(rule.start.time());
            // Some zones change their clocks at midnight, so the walk begins the noon before.
            let noon = day.yesterday().expect("a day").at(12, 0, 0, 0);
            let mut instant = zone.to_timestamp(noon).expect("a time");
            let start = loop {
                let (shown, next) = (zone.to_datetime(instant), instant + 1.minute());
                if shown >= local {
                    break instant;
                }
                if zone.to_datetime(next) > local {
                    // Clocks skip it: it is as long after this minute as clocks would have shown it.
                    break instant + local.duration_since(shown);
                }
                instant = next;
            };
            found.push(Occurrence { start, end: start + i64::from(rule.minutes).minutes() });
        }
        day = day.tomorrow().expect("a day");
    }
    found.retain(|one| (from..to).contains(&one.start));
    found
}

fn any_rule() -> impl Strategy<Value = Recurrence> {
    let zones = ["Europe/Tallinn", "Europe/Dublin", "Atlantic/Azores", "Asia/Tbilisi", "UTC"];
    let weekday = (0..7_i8).prop_map(|offset| Weekday::from_monday_zero_offset(offset).expect("a weekday"));
    let nth = prop_oneof![
        Just(Nth::First),
        Just(Nth::Second),
        Just(Nth::Third),
        Just(Nth::Fourth),
        Just(Nth::Fifth),
        Just(Nth::Last)
    ];
    let on = prop_oneof![
        (1..=31_i8).prop_map(MonthDay::Day),
        Just(MonthDay::Last),
        (nth, weekday.clone()).prop_map(|(nth, weekday)| MonthDay::Weekday { nth, weekday }),
    ];
    let repeat = prop_oneof![
        Just(Repeat::Once),
        (1..5_u8, proptest::collection::vec(weekday, 1..4))
            .prop_map(|(every, weekdays)| Repeat::Weekly { every, weekdays }),
        (1..5_u8, on).prop_map(|(every, on)| Repeat::Monthly { every, on }),
    ];
    // Starts near a change of clocks are frequent.
    let day = prop_oneof![0..700_i64, 440..460_i64, 655..675_i64];
    let minute = prop_oneof![0..1440_i64, 0..300_i64];
    let exceptions = proptest::collection::btree_set(0..900_i64, 0..4);
    (proptest::sample::select(zones.to_vec()), day, minute, 1..=MAX_MINUTES, repeat, exceptions, any::<bool>())
        .prop_map(|(zone, day, minute, minutes, repeat, exceptions, ends)| {
            let origin = date(2026, 1, 1);
            let start = origin.checked_add(day.days()).expect("a day").at(0, 0, 0, 0);
            let start = start.checked_add(minute.minutes()).expect("a time");
            let exceptions = exceptions.iter().map(|day| origin.checked_add((*day).days()).expect("a day"));
            let until = ends.then(|| start.date().checked_add(90.days()).expect("a day"));
            let (zone, exceptions) = (zone.parse().expect("a zone"), exceptions.collect());
            Recurrence { start, zone, minutes, repeat, exceptions, until }
        })
}

/// The full size: `RULES=100000 cargo test -p centops-domain --lib recurrence --release`.
fn config() -> ProptestConfig {
    let cases = env::var("RULES").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn occurrences_equal_those_of_a_walk_over_every_day(rule in any_rule(), day in 0..800_i64, days in 1..100_i64) {
        let from = at("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_hours(day * 24);
        let to = from + jiff::SignedDuration::from_hours(days * 24);
        prop_assert_eq!(rule.occurrences(from, to), oracle(&rule, from, to));
    }
}
