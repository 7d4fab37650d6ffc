//! The history of a chatbot: its observations per minute.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    health::policy::Judgement,
    ingestion::{code_pattern::CodeClass, log_level::LogLevel, observation::Signal},
};

/// The time for which a minute stays open after its end, for late observations.
const GRACE_SECONDS: i64 = 60;
/// The number of minutes before the current one to which observations are added. It bounds the health item if many
/// late observations arrive after hours.
const MAX_LATE_MINUTES: i64 = 4;
/// The upper bounds of the latency classes in milliseconds. Each is a fifth above the previous one, so a percentile is
/// at most 20 % too high (1 ms below 6 ms). The last class is unbounded.
const LATENCY_BOUNDS: [u32; 74] = bounds();

const fn bounds() -> [u32; 74] {
    let mut bounds = [1; 74];
    let mut index = 1;
    while index < bounds.len() {
        let before: u32 = bounds[index - 1];
        let fifth = before / 5;
        bounds[index] = before + if fifth == 0 { 1 } else { fifth };
        index += 1;
    }
    bounds
}

/// The observations of one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    /// HTTP results by class.
    pub codes: BTreeMap<CodeClass, u32>,
    /// Log entries by level.
    pub levels: BTreeMap<LogLevel, u32>,
    /// The number of failures.
    pub failed: u32,
    /// The number of slow observations that did not fail.
    pub slow: u32,
    /// The number of observations that arrived after their own minute was closed. They are counted in the first open
    /// one.
    pub late: u32,
    latency: BTreeMap<u8, u32>,
}

impl Minute {
    /// Returns the number of HTTP results and log entries.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.codes.values().chain(self.levels.values()).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        merge(&mut self.codes, &other.codes);
        merge(&mut self.levels, &other.levels);
        merge(&mut self.latency, &other.latency);
        self.failed = self.failed.saturating_add(other.failed);
        self.slow = self.slow.saturating_add(other.slow);
        self.late = self.late.saturating_add(other.late);
    }

    /// Returns the latency in milliseconds that `percent` of the measured responses did not exceed, rounded up to the
    /// next bound; none if nothing was measured.
    #[must_use]
    pub fn latency_percentile(&self, percent: u32) -> Option<u32> {
        let total: u64 = self.latency.values().map(|count| u64::from(*count)).sum();
        let rank = (total * u64::from(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        let class = self.latency.iter().find(|(_, count)| {
            passed += u64::from(**count);
            passed >= rank
        });
        class.and_then(|(class, _)| LATENCY_BOUNDS.get(usize::from(*class)).copied())
    }

    fn add(&mut self, signal: Signal, judgement: Judgement) {
        match signal {
            Signal::Log(level) => increase(&mut self.levels, level),
            Signal::Code { result, millis } => {
                increase(&mut self.codes, CodeClass::from(result));
                if let Some(millis) = millis {
                    let class = LATENCY_BOUNDS.partition_point(|bound| *bound < millis).min(LATENCY_BOUNDS.len() - 1);
                    increase(&mut self.latency, u8::try_from(class).unwrap_or(u8::MAX));
                }
            }
        }
        match judgement {
            Judgement::Fine => {}
            Judgement::Slow => self.slow = self.slow.saturating_add(1),
            Judgement::Failed => self.failed = self.failed.saturating_add(1),
        }
    }
}

fn increase<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

fn merge<K: Ord + Copy>(counts: &mut BTreeMap<K, u32>, other: &BTreeMap<K, u32>) {
    for (key, more) in other {
        let count = counts.entry(*key).or_default();
        *count = count.saturating_add(*more);
    }
}

/// The minutes in a chatbot's health item. A closed minute no longer changes: the next save of the health first writes
/// it to the history and then removes it here. So neither a crash nor a repetition loses or doubles it. At most eight
/// are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// The first open minute, in Unix minutes. Earlier ones are closed.
    closed_until: i64,
    kept: BTreeMap<i64, Minute>,
}

impl Minutes {
    /// Counts an observation of time `at` in its own minute, or in the first open one. The current time is `now`.
    pub fn add(&mut self, at: Timestamp, signal: Signal, judgement: Judgement, now: Timestamp) {
        let minute = |at: Timestamp| at.as_millisecond().div_euclid(60_000);
        let (own, first) = (minute(at.min(now)), self.closed_until.max(minute(now) - MAX_LATE_MINUTES));
        let minute = self.kept.entry(own.max(first)).or_default();
        if own < first {
            minute.late = minute.late.saturating_add(1);
        }
        minute.add(signal, judgement);
    }

    /// Closes the minutes that ended at least the grace period before `now`.
    pub fn advance(&mut self, now: Timestamp) {
        let ended = now.as_millisecond().div_euclid(1000).saturating_sub(GRACE_SECONDS).div_euclid(60);
        self.closed_until = self.closed_until.max(ended);
    }

    /// Removes and returns the closed minutes, by their start in Unix minutes.
    pub fn take_closed(&mut self) -> BTreeMap<i64, Minute> {
        let open = self.kept.split_off(&self.closed_until);
        std::mem::replace(&mut self.kept, open)
    }

    /// Returns the minutes here and those `written` to the history. A minute in both was written before the health was
    /// saved without it, so both are equal.
    #[must_use]
    pub fn with(&self, mut written: BTreeMap<i64, Minute>) -> BTreeMap<i64, Minute> {
        written.extend(self.kept.clone());
        written
    }

    /// Returns the minutes here, by their start in Unix minutes.
    #[must_use]
    pub fn kept(&self) -> &BTreeMap<i64, Minute> {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingestion::code_result::StatusCode;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn answer(millis: u32) -> Signal {
        let code = StatusCode::try_from(200).expect("a code");
        Signal::Code { result: Ok(code), millis: Some(millis) }
    }

    #[test]
    fn minute_closes_after_its_grace_period_and_stays_until_taken() {
        let mut minutes = Minutes::default();
        minutes.add(second(59), answer(1), Judgement::Fine, second(60));
        minutes.advance(second(119));
        assert!(minutes.take_closed().is_empty());
        minutes.add(second(59), answer(1), Judgement::Failed, second(119));
        minutes.advance(second(120));
        minutes.add(second(59), answer(1), Judgement::Slow, second(121));
        let closed = minutes.take_closed();
        assert_eq!(closed.keys().collect::<Vec<_>>(), [&0]);
        assert_eq!((closed[&0].total(), closed[&0].failed), (2, 1));
        let open = &minutes.kept()[&1];
        assert_eq!((open.total(), open.late, open.slow), (1, 1, 1), "a later observation still counts once");
    }

    #[test]
    fn observations_that_are_hours_late_are_kept_in_few_minutes() {
        let mut minutes = Minutes::default();
        for late in 0..600 {
            minutes.add(second((600 - late) * 60), answer(1), Judgement::Fine, second(600 * 60));
        }
        assert_eq!(minutes.kept().len(), 5);
        assert_eq!(minutes.kept()[&596].late, 595);
    }

    proptest! {
        /// A percentile is exact or at most one class above.
        #[test]
        fn percentiles_are_at_most_one_class_too_high(mut millis in prop::collection::vec(0..500_000_u32, 1..200), percent in 1..=100_u32) {
            let mut minute = Minute::default();
            for one in &millis {
                minute.add(answer(*one), Judgement::Fine);
            }
            millis.sort_unstable();
            let exact = millis[(millis.len() * percent as usize).div_ceil(100) - 1];
            let estimate = minute.latency_percentile(percent).expect("measured");
            prop_assert!(estimate >= exact && estimate <= (exact + exact / 5).max(exact + 1), "{estimate} for {exact}");
        }

        /// However late observations arrive, each is counted once, and few minutes are kept.
        #[test]
        fn each_observation_is_counted_once(steps in prop::collection::vec((prop_oneof![20 => -5..90_i64, 1 => 0..90_000_i64], -4000..5_i64), 1..100)) {
            let (mut minutes, mut now, mut taken, mut added) = (Minutes::default(), 100_000, 0, 0);
            for (passed, offset) in steps {
                now += passed;
                taken += minutes.take_closed().values().map(Minute::total).sum::<u32>();
                minutes.add(second(now + offset), answer(5), Judgement::Fine, second(now));
                minutes.advance(second(now));
                added += 1;
                prop_assert!(minutes.kept().len() <= 8);
            }
            prop_assert_eq!(taken + minutes.kept().values().map(Minute::total).sum::<u32>(), added);
        }
    }
}
