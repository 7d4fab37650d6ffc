//! The usual report interval of an observer, and the silence that follows from it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::health::policy::SilencePolicy;

/// The number of intervals from which the usual interval is known.
const KNOWN_AFTER: u8 = 5;
/// The weight of the newest interval in the average: one eighth, as in TCP's round-trip estimate (RFC 6298).
const GAIN: u32 = 8;
/// The interval of the checks for silence. Silence is flagged at the last check that is in time.
const CHECK_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// Reports within this time, in milliseconds, count as one.
const SAME_REPORT_MILLIS: i64 = 1000;

/// The time of the last report, and the usual interval between reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInterval {
    #[serde(with = "crate::stamp")]
    last_seen: Timestamp,
    /// The usual interval in milliseconds: an exponentially weighted moving average.
    usual: u32,
    /// The number of intervals in the average, up to [`KNOWN_AFTER`].
    intervals: u8,
}

impl ReportInterval {
    /// Returns the state after a first report at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { last_seen: now, usual: 0, intervals: 0 }
    }

    /// Returns the time of the last report.
    #[must_use]
    pub fn last_seen(&self) -> Timestamp {
        self.last_seen
    }

    /// Returns the usual interval, once it is known.
    #[must_use]
    pub fn usual(&self) -> Option<SignedDuration> {
        (self.intervals >= KNOWN_AFTER).then(|| SignedDuration::from_millis(self.usual.into()))
    }

    /// Records a report at `now`. An interval counts as at most four usual ones, so that one long silence does not
    /// become usual.
    pub fn record_report(&mut self, now: Timestamp) {
        let interval = now.as_millisecond() - self.last_seen.as_millisecond();
        if interval < SAME_REPORT_MILLIS {
            return;
        }
        let interval = u32::try_from(interval).unwrap_or(u32::MAX);
        self.usual = match self.intervals {
            0 => interval,
            KNOWN_AFTER.. => average(self.usual, interval.min(self.usual.saturating_mul(4))),
            _ => average(self.usual, interval),
        };
        self.intervals = self.intervals.saturating_add(1).min(KNOWN_AFTER);
        self.last_seen = now;
    }

    /// Restarts the interval at `now`, after a silence that is not the observer's fault.
    pub fn restart(&mut self, now: Timestamp) {
        self.last_seen = self.last_seen.max(now);
    }

    /// Returns when it counts as silent, unless it reports before; none until the usual interval is known.
    #[must_use]
    pub fn silent_at(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        let seconds = |seconds: u32| SignedDuration::from_secs(seconds.into());
        let interval = self.usual()?.max(seconds(policy.shortest_seconds.get()));
        let intervals = i32::try_from(policy.intervals.get()).unwrap_or(i32::MAX);
        let silence = interval.saturating_mul(intervals).min(seconds(policy.longest_seconds.get()));
        Some(self.last_seen + (silence - CHECK_INTERVAL))
    }
}

fn average(usual: u32, interval: u32) -> u32 {
    usual - usual / GAIN + interval / GAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn every(seconds: i64, times: i64) -> ReportInterval {
        let mut interval = ReportInterval::new(second(0));
        (1..=times).for_each(|time| interval.record_report(second(time * seconds)));
        interval
    }

    #[test]
    fn silence_is_flagged_within_two_usual_intervals() {
        let policy = SilencePolicy::default();
        assert_eq!(every(600, 4).silent_at(&policy), None, "the usual interval is not known yet");
        let interval = every(600, 5);
        assert_eq!(interval.usual(), Some(SignedDuration::from_mins(10)));
        assert_eq!(interval.silent_at(&policy), Some(second(5 * 600 + 2 * 600 - 60)), "checked each minute");
        assert_eq!(every(1, 50).silent_at(&policy), Some(second(50 + 60)), "shorter than a minute is a minute");
        assert_eq!(every(86_400, 5).silent_at(&policy), Some(second(5 * 86_400 + 43_200 - 60)), "half a day at most");
    }

    #[test]
    fn reports_within_a_second_count_once() {
        let mut interval = every(60, 5);
        for millisecond in [0, 1, 500, 999] {
            interval.record_report(Timestamp::from_millisecond(300_000 + millisecond).expect("a time"));
        }
        interval.record_report(second(299));
        assert_eq!(interval, every(60, 5));
    }

    #[test]
    fn long_silence_does_not_become_usual() {
        let mut interval = every(60, 100);
        interval.record_report(second(6000 + 86_400));
        assert!(interval.usual().is_some_and(|usual| usual < SignedDuration::from_secs(90)));
    }
}
