//! How often an observer usually reports, and when it is silent.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::health::policy::SilencePolicy;

/// So many intervals make one usual.
const KNOWN_AFTER: u8 = 5;
/// The share of the newest interval in the usual one: an eighth, as TCP does for round trips.
const GAIN: u32 = 8;
/// How often silence is looked for. It is noticed at the last look that is in time.
const LOOK: SignedDuration = SignedDuration::from_mins(1);
/// Reports closer than this came together.
const TOGETHER: i64 = 1000;

/// When an observer was last last_seen, and how long it usually takes until the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInterval {
    #[serde(with = "crate::stamp")]
    last_seen: Timestamp,
    /// In milliseconds.
    usual: u32,
    /// How many intervals made it, up to [`KNOWN_AFTER`].
    intervals: u8,
}

impl ReportInterval {
    /// Of one who is last_seen for the first time at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { last_seen: now, usual: 0, intervals: 0 }
    }

    /// When it was last last_seen.
    #[must_use]
    pub fn last_seen(&self) -> Timestamp {
        self.last_seen
    }

    /// The usual interval, once it is known.
    #[must_use]
    pub fn usual(&self) -> Option<SignedDuration> {
        (self.intervals >= KNOWN_AFTER).then(|| SignedDuration::from_millis(self.usual.into()))
    }

    /// Hears it at `now`. One long silence does not make silence usual: an interval counts as four
    /// usual ones at most.
    pub fn record_report(&mut self, now: Timestamp) {
        let interval = now.as_millisecond() - self.last_seen.as_millisecond();
        if interval < TOGETHER {
            return;
        }
        let interval = u32::try_from(interval).unwrap_or(u32::MAX);
        self.usual = match self.intervals {
            0 => interval,
            KNOWN_AFTER.. => weigh(self.usual, interval.min(self.usual.saturating_mul(4))),
            _ => weigh(self.usual, interval),
        };
        self.intervals = self.intervals.saturating_add(1).min(KNOWN_AFTER);
        self.last_seen = now;
    }

    /// Starts to listen anew at `now`: it was silent for a reason that is not its own.
    pub fn restart(&mut self, now: Timestamp) {
        self.last_seen = self.last_seen.max(now);
    }

    /// From when on it is silent, if it is not last_seen before; none until its usual interval is known.
    #[must_use]
    pub fn silent_at(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        let seconds = |seconds: u32| SignedDuration::from_secs(seconds.into());
        let interval = self.usual()?.max(seconds(policy.shortest_seconds.get()));
        let intervals = i32::try_from(policy.intervals.get()).unwrap_or(i32::MAX);
        let silence = interval.saturating_mul(intervals).min(seconds(policy.longest_seconds.get()));
        Some(self.last_seen + (silence - LOOK))
    }
}

fn weigh(usual: u32, interval: u32) -> u32 {
    usual - usual / GAIN + interval / GAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn every(interval: i64, times: i64) -> ReportInterval {
        let mut rhythm = ReportInterval::new(second(0));
        (1..=times).for_each(|time| rhythm.record_report(second(time * interval)));
        rhythm
    }

    #[test]
    fn silence_is_noticed_within_two_usual_intervals() {
        let policy = SilencePolicy::default();
        assert_eq!(every(600, 4).silent_at(&policy), None, "nothing is usual yet");
        let rhythm = every(600, 5);
        assert_eq!(rhythm.usual(), Some(SignedDuration::from_mins(10)));
        assert_eq!(rhythm.silent_at(&policy), Some(second(5 * 600 + 2 * 600 - 60)), "a look comes each minute");
        assert_eq!(every(1, 50).silent_at(&policy), Some(second(50 + 60)), "shorter than a minute is a minute");
        assert_eq!(every(86_400, 5).silent_at(&policy), Some(second(5 * 86_400 + 43_200 - 60)), "half a day at most");
    }

    #[test]
    fn what_comes_together_is_heard_once() {
        let mut rhythm = every(60, 5);
        for millisecond in [0, 1, 500, 999] {
            rhythm.record_report(Timestamp::from_millisecond(300_000 + millisecond).expect("a time"));
        }
        rhythm.record_report(second(299));
        assert_eq!(rhythm, every(60, 5));
    }

    #[test]
    fn a_long_silence_is_not_usual() {
        let mut rhythm = every(60, 100);
        rhythm.record_report(second(6000 + 86_400));
        assert!(rhythm.usual().is_some_and(|usual| usual < SignedDuration::from_secs(90)));
    }
}
