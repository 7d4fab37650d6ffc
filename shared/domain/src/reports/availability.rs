//! Availability: the share of the time in which a chatbot was there, of the time in which that is known and was not
//! planned otherwise.
//!
//! ```text
//! availability = 1 − U ÷ (T − P − N)
//! ```
//!
//! *T* is the period since the enrolment, *P* what was planned, *N* what nobody knows (outside of *P*), *U* what it was
//! offline outside of both.

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::spans::{Period, Spans};
use crate::{chatbots::status::Status, notifications::Zone};

/// The most planned time of a calendar month that is left out. More counts like any other time.
pub const MONTHLY_PLANNED: SignedDuration = SignedDuration::from_hours(8);

/// The known times of a chatbot, from which its availability follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// The statuses in order, each until the next. Before the first it is [`Status::Unknown`].
    pub statuses: Vec<(Timestamp, Status)>,
    /// The times in which an operator forced it offline.
    pub forced: Spans,
    /// The times in which the network itself was out, so that no status is known.
    pub unobserved: Spans,
    /// The planned outages that count ([`countable`]).
    pub planned: Spans,
}

/// The availability in a period. All parts are shown: they add up to the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// The period since the enrolment (*T*).
    pub total: SignedDuration,
    /// Planned (*P*).
    pub planned: SignedDuration,
    /// Not known (*N*).
    pub unknown: SignedDuration,
    /// Offline (*U*).
    pub offline: SignedDuration,
    /// The part of `offline` in which an operator forced it.
    pub forced: SignedDuration,
}

impl Availability {
    /// Returns the availability of `timeline` in `period`. An outage is cut at both ends.
    #[must_use]
    pub fn new(timeline: &Timeline, period: Period) -> Self {
        let period = Period { start: period.start.max(timeline.enrolled_at), end: period.end };
        let total = Spans::union([period]);
        let planned = timeline.planned.within(period);
        let unplanned = total.without(&planned);
        let known = unplanned.without(&timeline.unobserved).without(&timeline.in_status(Status::Unknown, period));
        let offline = timeline.in_status(Status::Offline, period);
        let online = known.without(&offline);
        let unforced = known.without(&timeline.forced).without(&online);
        let offline = known.length() - online.length();
        Self {
            total: total.length(),
            planned: planned.length(),
            unknown: unplanned.length() - known.length(),
            offline,
            forced: offline - unforced.length(),
        }
    }

    /// Returns the time that counts (*T − P − N*).
    #[must_use]
    pub fn base(&self) -> SignedDuration {
        self.total - self.planned - self.unknown
    }

    /// Returns the hundredths of a percent in which it was available, rounded down: 9,999 for 99.996 %. None if no time
    /// counts.
    #[must_use]
    pub fn hundredths(&self) -> Option<u16> {
        let (base, offline) = (self.base().as_nanos(), self.offline.as_nanos());
        if base <= 0 {
            return None;
        }
        u16::try_from((base - offline) * 10_000 / base).ok()
    }

    /// Returns the availability of both chatbots: what one has of an hour counts as much as what the other has.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            total: self.total + other.total,
            planned: self.planned + other.planned,
            unknown: self.unknown + other.unknown,
            offline: self.offline + other.offline,
            forced: self.forced + other.forced,
        }
    }
}

/// The outages in a period, without the time that was planned or is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    /// The number.
    pub count: usize,
    /// The longest.
    pub longest: SignedDuration,
}

impl Timeline {
    /// Returns the outages in `period`. One that a planned outage interrupts is one.
    #[must_use]
    pub fn outages(&self, period: Period) -> Outages {
        let counted =
            |outage: &Period| Spans::union([*outage]).without(&self.planned).without(&self.unobserved).length();
        let lengths = self.in_status(Status::Offline, period);
        let lengths = lengths.periods().iter().map(counted).filter(|length| *length > SignedDuration::ZERO);
        lengths.fold(Outages::default(), |outages, length| Outages {
            count: outages.count + 1,
            longest: outages.longest.max(length),
        })
    }

    /// Returns when it had `status`, in `period`.
    fn in_status(&self, status: Status, period: Period) -> Spans {
        let starts = [(self.enrolled_at, Status::Unknown)].into_iter().chain(self.statuses.iter().copied());
        let ends = self.statuses.iter().map(|(at, _)| *at).chain([period.end]);
        let spans = starts.zip(ends).filter(|((_, own), _)| *own == status);
        Spans::union(spans.filter_map(|((start, _), end)| Period { start, end }.within(period)))
    }
}

/// Returns the planned outages that count: of each month of `zone` the first [`MONTHLY_PLANNED`].
#[must_use]
pub fn countable(planned: &Spans, zone: Zone) -> Spans {
    let mut counted = Vec::new();
    let (Some(first), Some(last)) = (planned.periods().first(), planned.periods().last()) else {
        return Spans::default();
    };
    let mut month = zone.local(first.start).date().first_of_month();
    while let Some(period) = month_of(month, zone).filter(|period| period.start < last.end) {
        counted.extend_from_slice(planned.within(period).first(MONTHLY_PLANNED).periods());
        month = next_month(month);
    }
    Spans::union(counted)
}

fn month_of(first: Date, zone: Zone) -> Option<Period> {
    let midnight = |date: Date| zone.instant(date.to_datetime(jiff::civil::Time::midnight()));
    Some(Period { start: midnight(first)?, end: midnight(next_month(first))? })
}

fn next_month(first: Date) -> Date {
    first.last_of_month().tomorrow().unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use std::env;

    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn period(start: &str, end: &str) -> Period {
        Period { start: at(start), end: at(end) }
    }

    /// The period from one day of Tallinn to another, the end excluded.
    fn days(from: Date, to: Date) -> Period {
        let midnight = |date: Date| Zone::default().instant(date.at(0, 0, 0, 0)).expect("a time");
        Period { start: midnight(from), end: midnight(to) }
    }

    fn online(since: &str) -> Timeline {
        Timeline {
            enrolled_at: at(since),
            statuses: vec![(at(since), Status::Online)],
            forced: Spans::default(),
            unobserved: Spans::default(),
            planned: Spans::default(),
        }
    }

    fn offline(timeline: &mut Timeline, period: Period) {
        timeline.statuses.extend([(period.start, Status::Offline), (period.end, Status::Online)]);
    }

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    /// Case 5.
    #[test]
    fn periods_have_the_seconds_of_their_zone() {
        use jiff::civil::date;
        for (from, to, total) in [
            (date(2027, 3, 22), date(2027, 3, 29), 601_200),
            (date(2027, 10, 25), date(2027, 11, 1), 608_400),
            (date(2027, 3, 1), date(2027, 4, 1), 2_674_800),
        ] {
            let availability = Availability::new(&online("2027-01-01T00:00:00Z"), days(from, to));
            assert_eq!((availability.total, availability.hundredths()), (seconds(total), Some(10_000)), "{from}");
        }
    }

    /// Case 6.
    #[test]
    fn overlapping_planned_outages_are_left_out_once() {
        let mut timeline = online("2027-01-01T00:00:00Z");
        offline(&mut timeline, period("2027-02-03T11:30:00Z", "2027-02-03T13:30:00Z"));
        let planned = [
            period("2027-02-03T10:00:00Z", "2027-02-03T12:00:00Z"),
            period("2027-02-03T11:00:00Z", "2027-02-03T13:00:00Z"),
        ];
        timeline.planned = countable(&Spans::union(planned), Zone::default());
        let day = Availability::new(&timeline, days(jiff::civil::date(2027, 2, 3), jiff::civil::date(2027, 2, 4)));
        assert_eq!((day.planned, day.offline), (seconds(3 * 3600), seconds(1800)));
        assert_eq!(day.hundredths(), Some(9761), "97.619, rounded down");
    }

    /// Case 7.
    #[test]
    fn month_with_an_outage_that_was_half_planned() {
        let mut timeline = online("2026-01-01T00:00:00Z");
        offline(&mut timeline, period("2026-11-10T10:00:00Z", "2026-11-10T11:00:00Z"));
        timeline.planned = Spans::union([period("2026-11-10T10:30:00Z", "2026-11-10T12:30:00Z")]);
        let november = days(jiff::civil::date(2026, 11, 1), jiff::civil::date(2026, 12, 1));
        let november = Availability::new(&timeline, november);
        assert_eq!((november.offline, november.base()), (seconds(1800), seconds(2_584_800)));
        assert_eq!(november.hundredths(), Some(9993));
    }

    /// Case 8.
    #[test]
    fn chatbot_that_was_never_online_has_no_availability() {
        let timeline = Timeline { statuses: vec![], ..online("2026-11-15T00:00:00Z") };
        let november = days(jiff::civil::date(2026, 11, 1), jiff::civil::date(2026, 12, 1));
        let november = Availability::new(&timeline, november);
        assert_eq!((november.unknown, november.hundredths()), (november.total, None));
        assert!(november.total < seconds(16 * 24 * 3600));
    }

    #[test]
    fn time_beyond_eight_planned_hours_of_a_month_counts() {
        let planned = Spans::union([
            period("2026-11-01T10:00:00Z", "2026-11-01T16:00:00Z"),
            period("2026-11-30T20:00:00Z", "2026-12-01T04:00:00Z"),
        ]);
        let counted = countable(&planned, Zone::default());
        // November ends at 22:00Z: two of four hours are left for it, and December begins with all.
        let expected = Spans::union([
            period("2026-11-01T10:00:00Z", "2026-11-01T16:00:00Z"),
            period("2026-11-30T20:00:00Z", "2026-12-01T04:00:00Z"),
        ]);
        assert_eq!(counted, expected);
        let long = Spans::union([period("2026-11-01T10:00:00Z", "2026-11-01T20:00:00Z")]);
        assert_eq!(countable(&long, Zone::default()).length(), MONTHLY_PLANNED);
    }

    #[test]
    fn forced_time_is_a_part_of_the_offline_time() {
        let mut timeline = online("2027-01-01T00:00:00Z");
        offline(&mut timeline, period("2027-02-03T11:00:00Z", "2027-02-03T13:00:00Z"));
        timeline.forced = Spans::union([period("2027-02-03T12:00:00Z", "2027-02-03T12:30:00Z")]);
        let day = Availability::new(&timeline, days(jiff::civil::date(2027, 2, 3), jiff::civil::date(2027, 2, 4)));
        assert_eq!((day.offline, day.forced), (seconds(7200), seconds(1800)));
        let two = day.and(&Availability::new(
            &online("2027-01-01T00:00:00Z"),
            days(jiff::civil::date(2027, 2, 3), jiff::civil::date(2027, 2, 4)),
        ));
        assert_eq!((two.total, two.offline), (seconds(2 * 86_400), seconds(7200)));
        assert_eq!(two.hundredths(), Some(9583));
    }

    #[test]
    fn outages_have_the_time_that_counts() {
        let mut timeline = online("2027-01-01T00:00:00Z");
        offline(&mut timeline, period("2027-02-02T23:00:00Z", "2027-02-03T05:00:00Z"));
        offline(&mut timeline, period("2027-02-03T08:00:00Z", "2027-02-03T09:00:00Z"));
        offline(&mut timeline, period("2027-02-03T10:00:00Z", "2027-02-03T11:00:00Z"));
        timeline.planned = Spans::union([
            period("2027-02-03T01:00:00Z", "2027-02-03T02:00:00Z"),
            period("2027-02-03T07:00:00Z", "2027-02-03T09:30:00Z"),
        ]);
        let day = period("2027-02-03T00:00:00Z", "2027-02-04T00:00:00Z");
        assert_eq!(timeline.outages(day), Outages { count: 2, longest: seconds(4 * 3600) });
        assert_eq!(Availability::new(&timeline, day).offline, seconds(5 * 3600));
    }

    /// Returns the availability by looking at each second of the period.
    fn oracle(timeline: &Timeline, period: Period, planned: &[Period], zone: Zone) -> Availability {
        let contains = |spans: &[Period], at: Timestamp| spans.iter().any(|span| span.start <= at && at < span.end);
        let mut result = Availability::default();
        let (mut month, mut left) = (None, 0);
        // What is planned counts from the first of the month, before the period too.
        let first = planned.iter().map(|span| span.start).min().unwrap_or(period.start).min(period.start);
        let mut now = first;
        while now < period.end {
            let local = zone.local(now);
            if month != Some((local.year(), local.month())) {
                (month, left) = (Some((local.year(), local.month())), MONTHLY_PLANNED.as_secs());
            }
            let is_planned = contains(planned, now) && left > 0;
            left -= i64::from(is_planned);
            if now >= period.start.max(timeline.enrolled_at) {
                let status = timeline.statuses.iter().rev().find(|(since, _)| *since <= now);
                let status = status.map_or(Status::Unknown, |(_, status)| *status);
                let second = seconds(1);
                result.total += second;
                if is_planned {
                    result.planned += second;
                } else if status == Status::Unknown || contains(timeline.unobserved.periods(), now) {
                    result.unknown += second;
                } else if status == Status::Offline {
                    result.offline += second;
                    if contains(timeline.forced.periods(), now) {
                        result.forced += second;
                    }
                }
            }
            now += second_span();
        }
        result
    }

    fn second_span() -> SignedDuration {
        seconds(1)
    }

    /// Timelines of some hours at a change of clocks, or at the end of a month.
    fn any_case() -> impl Strategy<Value = (Timeline, Period, Vec<Period>, Zone)> {
        let zones = ["Europe/Tallinn", "Europe/Dublin", "Atlantic/Azores", "Asia/Tbilisi", "UTC"];
        let origins = ["2027-03-27T22:00:00Z", "2027-10-30T20:00:00Z", "2026-11-30T16:00:00Z", "2026-12-31T12:00:00Z"];
        let span = || (0..40_000_i64, 1..20_000_i64);
        let spans = |most| proptest::collection::vec(span(), 0..most);
        let status = proptest::sample::select(vec![Status::Online, Status::Offline, Status::Unknown]);
        let statuses = proptest::collection::btree_map(0..40_000_i64, status, 0..8);
        let zone = proptest::sample::select(zones.to_vec());
        let origin = proptest::sample::select(origins.to_vec());
        (origin, zone, 0..20_000_i64, statuses, spans(3), spans(3), spans(5), span()).prop_map(
            |(origin, zone, enrolled, statuses, forced, unobserved, planned, (start, length))| {
                let origin = at(origin);
                let second = |second: i64| origin + seconds(second);
                let period = |(start, length)| Period { start: second(start), end: second(start + length) };
                let zone: Zone = zone.parse().expect("a zone");
                let planned: Vec<_> = planned.into_iter().map(period).collect();
                let statuses = statuses.into_iter().map(|(at, status)| (second(enrolled + at), status)).collect();
                let timeline = Timeline {
                    enrolled_at: second(enrolled),
                    statuses,
                    forced: Spans::union(forced.into_iter().map(period)),
                    unobserved: Spans::union(unobserved.into_iter().map(period)),
                    planned: countable(&Spans::union(planned.clone()), zone),
                };
                (timeline, period((start, length)), planned, zone)
            },
        )
    }

    /// The full size: `TIMELINES=100000 cargo test -p centops-domain --lib availability --release`.
    fn config() -> ProptestConfig {
        let cases = env::var("TIMELINES").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
        ProptestConfig { cases, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn availability_equals_that_of_each_second((timeline, period, planned, zone) in any_case()) {
            prop_assert_eq!(Availability::new(&timeline, period), oracle(&timeline, period, &planned, zone));
        }
    }
}
