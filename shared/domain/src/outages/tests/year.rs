//! A year of reminders: each once, none late by more than a minute, whatever stops and is repeated.

use std::collections::BTreeMap;

use super::{
    super::{OutageChange, REMINDERS, Recurrence},
    *,
};

/// Rules in zones with different changes of clocks: weekly and monthly.
fn rules() -> Vec<serde_json::Value> {
    let mut rules = Vec::new();
    for zone in ["Europe/Tallinn", "Europe/Dublin", "Atlantic/Azores"] {
        rules.push(serde_json::json!({
            "start": "2027-01-03T03:30:00", "zone": zone, "minutes": 90,
            "repeat": {"weekly": {"every": 1, "weekdays": ["sunday", "tuesday"]}},
        }));
        rules.push(serde_json::json!({
            "start": "2027-01-31T22:00:00", "zone": zone, "minutes": 1440, "repeat": {"monthly": {"every": 1, "on": "last"}},
        }));
    }
    rules
}

#[test]
fn each_reminder_of_a_year_is_given_once_within_a_minute() {
    let (begin, end) = (at("2027-01-01T12:00:00Z"), at("2028-01-01T12:00:00Z"));
    let mut seed = 7_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % below).expect("a small number")
    };
    for rule in rules() {
        let mut simulation = Simulation::new(outage(&rule, true, "2027-01-01T12:00:00Z").0);
        // The function runs each minute, some seconds late.
        let phase = random(60);
        simulation.run(end, |due| {
            let second = due.as_second() - phase;
            Timestamp::from_second(second.div_euclid(60) * 60 + 60 + phase).expect("a time").max(due)
        });
        let rule: Recurrence = serde_json::from_value(rule).expect("a rule");
        let mut expected: BTreeMap<Timestamp, usize> = BTreeMap::new();
        for occurrence in rule.occurrences(begin, end + hours(24)) {
            for before in REMINDERS {
                let at = occurrence.start - before;
                if at > begin && at <= end {
                    *expected.entry(at).or_default() += 1;
                }
            }
        }
        let reminders = simulation.told.iter().filter(|(_, told)| told.change == OutageChange::Reminder);
        let mut given: BTreeMap<Timestamp, usize> = BTreeMap::new();
        for (at, told) in reminders {
            let due =
                REMINDERS.map(|before| told.start - before).into_iter().filter(|due| due <= at).max().expect("due");
            assert!(at.duration_since(due) <= SignedDuration::from_mins(1), "{due} was given at {at}");
            *given.entry(due).or_default() += 1;
        }
        assert_eq!(given, expected, "{rule:?}");
        assert!(expected.len() > 20 && given.values().all(|count| *count == 1));
    }
}
