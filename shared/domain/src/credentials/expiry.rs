//! Notices about certificates that end soon.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};

/// The days before the end of a certificate at which its holder is told, if there is no newer one. Descending.
pub const NOTICE_DAYS: [u16; 4] = [30, 14, 7, 1];
/// The most days that are made up for after the notices were not given.
const MAX_MISSED_DAYS: i32 = 40;

/// The certificates that a notice is about: those that end on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The day on which they end (UTC).
    pub ends: Date,
    /// The member of [`NOTICE_DAYS`].
    pub days: u16,
}

/// Returns the day of `at` (UTC).
#[must_use]
pub fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// Returns the time of the notice that a certificate which ends at `ends` ends in `days` days: the start of the day (UTC)
/// on which the notice is due. A notice that is given late has the same time, so it is the same.
#[must_use]
pub fn notice_time(ends: Timestamp, days: u16) -> Timestamp {
    let due = day(ends).checked_sub(i64::from(days).days()).map(|day| day.at(0, 0, 0, 0));
    due.and_then(|due| Offset::UTC.to_timestamp(due)).unwrap_or(Timestamp::MIN)
}

/// Returns the notices that are due on the day `today`, if those up to the day `done` were given. Without `done` those
/// of `today`. A missed notice whose successor is due already is left out.
#[must_use]
pub fn due_notices(done: Option<Date>, today: Date) -> Vec<Notice> {
    let missed = done.map_or(1, |done| days_between(done, today)).min(MAX_MISSED_DAYS);
    let days = (0..missed).rev().filter_map(|ago| today.checked_sub(ago.days()).ok());
    let notices = days.flat_map(|day| {
        let successors = NOTICE_DAYS.iter().skip(1).copied().map(Some).chain([None]);
        NOTICE_DAYS.into_iter().zip(successors).filter_map(move |(days, next)| {
            let ends = day.checked_add(i64::from(days).days()).ok()?;
            let is_overtaken = next.is_some_and(|next| days_between(today, ends) <= i32::from(next));
            (!is_overtaken).then_some(Notice { ends, days })
        })
    });
    notices.collect()
}

fn days_between(from: Date, to: Date) -> i32 {
    // Without a unit, the difference of two dates is in days.
    to.since(from).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn four_notices_are_due_each_day() {
        let today = date("2026-11-26");
        let due = due_notices(Some(date("2026-11-25")), today);
        let ends: Vec<_> = due.iter().map(|notice| (notice.ends.to_string(), notice.days)).collect();
        let expected = [("2026-12-26", 30), ("2026-12-10", 14), ("2026-12-03", 7), ("2026-11-27", 1)];
        assert_eq!(ends, expected.map(|(day, days)| (day.to_owned(), days)));
        assert_eq!(due_notices(None, today), due);
        assert_eq!(due_notices(Some(today), today), []);
        assert_eq!(due_notices(Some(date("2026-11-30")), today), [], "a clock that went back");
    }

    #[test]
    fn time_of_a_notice_is_the_start_of_its_day() {
        for (ends, days, time) in [
            ("2026-12-26T00:00:00Z", 30, "2026-11-26T00:00:00Z"),
            ("2026-12-26T23:59:59.999Z", 30, "2026-11-26T00:00:00Z"),
            ("2026-03-01T12:00:00Z", 1, "2026-02-28T00:00:00Z"),
            ("-009999-01-02T02:00:00Z", 30, "-009999-01-02T01:59:59Z"),
        ] {
            let ends: Timestamp = ends.parse().expect("a time");
            assert_eq!(notice_time(ends, days).to_string(), time, "{ends}");
            assert!(NOTICE_DAYS.iter().all(|days| notice_time(ends, *days) <= ends));
        }
    }

    #[test]
    fn missed_notice_is_left_out_if_its_successor_is_due() {
        let due = due_notices(Some(date("2026-11-18")), date("2026-11-26"));
        let of = |days: u16| due.iter().filter(|notice| notice.days == days).count();
        assert_eq!([30, 14, 7, 1].map(of), [8, 7, 6, 8]);
        assert!(due.contains(&Notice { ends: date("2026-11-20"), days: 1 }), "it has ended untold");
    }

    proptest! {
        /// However often and rarely the notices are given, each certificate gets its last one, and none twice.
        #[test]
        fn each_certificate_gets_its_notices_once(gaps in prop::collection::vec(1_i64..20, 1..20), lead in 0_i64..60) {
            let first = date("2026-01-01");
            let (mut done, mut today, mut given) = (None, first, Vec::new());
            for gap in gaps {
                given.extend(due_notices(done, today));
                done = Some(today);
                today = today.checked_add(gap.days()).expect("a date");
            }
            let unique: BTreeSet<_> = given.iter().map(|notice| (notice.ends, notice.days)).collect();
            prop_assert_eq!(unique.len(), given.len());
            let ends = first.checked_add((lead + 1).days()).expect("a date");
            if done.is_some_and(|done| done >= ends) {
                prop_assert!(unique.contains(&(ends, 1)));
            }
        }
    }
}
