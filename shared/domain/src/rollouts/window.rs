//! The hours in which chatbots may be offered a release.

use jiff::{SignedDuration, Timestamp, civil::Weekday};
use serde::{Deserialize, Serialize};

use crate::notifications::{WallTime, Zone};

/// Hours of the day in which updates may be offered, by the clocks of a zone. Over midnight if they end before they begin;
/// then they belong to the day on which they begin.
///
/// An hour that clocks skip has no minute in it, and one that occurs twice has 120.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateWindow {
    /// The zone.
    pub zone: Zone,
    /// The time at which they begin.
    pub from: WallTime,
    /// The time at which they end, exclusive. If it is `from`, they last the whole day.
    pub until: WallTime,
    /// The days on which they begin; all days if there are none.
    #[serde(default, with = "crate::weekday::list", skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
}

impl UpdateWindow {
    /// Returns whether updates may be offered at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        let local = self.zone.local(now);
        let (from, until) = (self.from.minutes(), self.until.minutes());
        let minutes = u16::try_from(i16::from(local.hour()) * 60 + i16::from(local.minute())).unwrap_or_default();
        let is_on = |day: Weekday| self.days.is_empty() || self.days.contains(&day);
        let today = local.date().weekday();
        if from < until {
            return is_on(today) && (from..until).contains(&minutes);
        }
        (minutes >= from && is_on(today)) || (minutes < until && is_on(today.previous()))
    }

    /// Returns when the window next opens, if it is closed at `now`, or closes, if it is open. `None` if it does not
    /// `within` that time. To the minute: looks at each.
    #[must_use]
    pub fn next_change(&self, now: Timestamp, within: SignedDuration) -> Option<Timestamp> {
        let (is_open, second) = (self.is_open(now), now.as_second());
        let first = second - second.rem_euclid(60) + 60;
        let mut minutes = (first..=second.saturating_add(within.as_secs())).step_by(60);
        minutes.find_map(|second| Timestamp::from_second(second).ok().filter(|at| self.is_open(*at) != is_open))
    }
}

/// Whether a release is offered at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// It is not.
    Closed,
    /// It is, until this time; none if it does not end soon.
    Open(Option<Timestamp>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, until: &str, days: &[Weekday]) -> UpdateWindow {
        let time = |text: &str| text.parse().expect("a time of day");
        UpdateWindow { zone: Zone::default(), from: time(from), until: time(until), days: days.to_vec() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Returns the opening and the length in minutes of the hours that open next after `from`, within two days.
    fn next(window: &UpdateWindow, from: &str) -> (String, i64) {
        let days = SignedDuration::from_hours(48);
        let opens = window.next_change(at(from), days).expect("an opening");
        let closes = window.next_change(opens, days).expect("a closing");
        (opens.to_string(), (closes.as_second() - opens.as_second()) / 60)
    }

    #[test]
    fn hours_are_those_of_the_clocks_when_these_change() {
        let night = window("02:00", "05:00", &[]);
        for (from, opens, minutes) in [
            ("2027-03-20T12:00:00Z", "2027-03-21T00:00:00Z", 180),
            // Forward on 28 March 2027 at 01:00Z.
            ("2027-03-27T12:00:00Z", "2027-03-28T00:00:00Z", 120),
            // Back on 31 October 2027 at 01:00Z.
            ("2027-10-30T12:00:00Z", "2027-10-30T23:00:00Z", 240),
        ] {
            assert_eq!(next(&night, from), (opens.to_owned(), minutes), "{from}");
        }
        let hour = window("03:00", "04:00", &[]);
        assert_eq!(next(&hour, "2027-03-27T12:00:00Z").0, "2027-03-29T00:00:00Z", "it is skipped once");
        assert_eq!(next(&hour, "2027-10-30T12:00:00Z"), ("2027-10-31T00:00:00Z".to_owned(), 120));
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        let weekend = window("22:00", "06:00", &[Weekday::Friday]);
        for (time, is_open) in [
            ("2026-11-27T19:59:00Z", false),
            ("2026-11-27T20:00:00Z", true),
            ("2026-11-28T03:59:59Z", true),
            ("2026-11-28T04:00:00Z", false),
            ("2026-11-28T20:00:00Z", false),
            ("2026-11-27T03:00:00Z", false),
        ] {
            assert_eq!(weekend.is_open(at(time)), is_open, "{time}");
        }
    }

    #[test]
    fn equal_times_are_the_whole_day() {
        let monday = window("00:00", "00:00", &[Weekday::Monday]);
        assert_eq!(next(&monday, "2026-11-29T12:00:00Z"), ("2026-11-29T22:00:00Z".to_owned(), 24 * 60));
        let always = window("09:00", "09:00", &[]);
        assert_eq!(always.next_change(at("2026-11-29T12:00:00Z"), SignedDuration::from_hours(48)), None);
    }

    #[test]
    fn changes_are_looked_for_within_a_time() {
        let night = window("02:00", "05:00", &[]);
        let (now, hour) = (at("2026-11-28T22:30:00Z"), SignedDuration::from_hours(1));
        assert_eq!(night.next_change(now, hour), None);
        assert_eq!(night.next_change(now, hour * 2), Some(at("2026-11-29T00:00:00Z")));
    }
}
