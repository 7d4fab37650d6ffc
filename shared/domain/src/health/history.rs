//! What was seen of a chatbot, minute by minute.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    health::policy::Judgement,
    ingestion::{code_pattern::CodeClass, log_level::LogLevel, observation::Signal},
};

/// How long a minute stays open after its end, in seconds, for what comes late.
const GRACE: i64 = 60;
/// The oldest minute, before that of now, that anything is added to: the health item stays small also
/// where nothing came for hours, and then much comes late.
const OLDEST: i64 = 4;
/// The upper bounds of the classes of latency, in milliseconds: each a fifth above the one before, so a
/// percentile is at most 20 % (and below 6 ms, one) too high. The last has no bound.
const BOUNDS: [u32; 74] = bounds();

const fn bounds() -> [u32; 74] {
    let mut bounds = [1; 74];
    let mut place = 1;
    while place < bounds.len() {
        let before: u32 = bounds[place - 1];
        let fifth = before / 5;
        bounds[place] = before + if fifth == 0 { 1 } else { fifth };
        place += 1;
    }
    bounds
}

/// One minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    /// HTTP results by class.
    pub codes: BTreeMap<CodeClass, u32>,
    /// Log entries by level.
    pub levels: BTreeMap<LogLevel, u32>,
    /// How many of them were failures.
    pub failed: u32,
    /// How many were no failures and slow.
    pub slow: u32,
    /// How many came so late that their own minute was closed: they stand in the first that was open.
    pub late: u32,
    latency: BTreeMap<u8, u32>,
}

impl Minute {
    /// HTTP results and log entries.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.codes.values().chain(self.levels.values()).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Adds what `other` has.
    pub fn merge(&mut self, other: &Self) {
        merge(&mut self.codes, &other.codes);
        merge(&mut self.levels, &other.levels);
        merge(&mut self.latency, &other.latency);
        self.failed = self.failed.saturating_add(other.failed);
        self.slow = self.slow.saturating_add(other.slow);
        self.late = self.late.saturating_add(other.late);
    }

    /// The time, in milliseconds, that `percent` of the measured answers did not exceed, to the next
    /// upper bound; none where nothing was measured.
    #[must_use]
    pub fn latency_percentile(&self, percent: u32) -> Option<u32> {
        let total: u64 = self.latency.values().map(|count| u64::from(*count)).sum();
        let rank = (total * u64::from(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        let class = self.latency.iter().find(|(_, count)| {
            passed += u64::from(**count);
            passed >= rank
        });
        class.and_then(|(class, _)| BOUNDS.get(usize::from(*class)).copied())
    }

    fn add(&mut self, signal: Signal, judgement: Judgement) {
        match signal {
            Signal::Log(level) => increase(&mut self.levels, level),
            Signal::Code { result, millis } => {
                increase(&mut self.codes, CodeClass::from(result));
                if let Some(millis) = millis {
                    let class = BOUNDS.partition_point(|bound| *bound < millis).min(BOUNDS.len() - 1);
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

/// The minutes that are still in a chatbot's health item. A closed one no longer changes: whoever
/// saves the health next writes it to the history first and then lets go of it, so that neither a crash
/// nor a repetition loses or doubles anything. At most eight are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// Unix minutes: those before are closed.
    closed_until: i64,
    kept: BTreeMap<i64, Minute>,
}

impl Minutes {
    /// Counts what was seen `at`, in its own minute or in the first that is open, when it is `now`.
    pub fn add(&mut self, at: Timestamp, signal: Signal, judgement: Judgement, now: Timestamp) {
        let minute = |at: Timestamp| at.as_millisecond().div_euclid(60_000);
        let (own, first) = (minute(at.min(now)), self.closed_until.max(minute(now) - OLDEST));
        let minute = self.kept.entry(own.max(first)).or_default();
        if own < first {
            minute.late = minute.late.saturating_add(1);
        }
        minute.add(signal, judgement);
    }

    /// Closes what has ended at `now`, and some time for what comes late has passed.
    pub fn advance(&mut self, now: Timestamp) {
        let ended = now.as_millisecond().div_euclid(1000).saturating_sub(GRACE).div_euclid(60);
        self.closed_until = self.closed_until.max(ended);
    }

    /// Lets go of the closed minutes, each with its start in Unix minutes.
    pub fn take_closed(&mut self) -> BTreeMap<i64, Minute> {
        let open = self.kept.split_off(&self.closed_until);
        std::mem::replace(&mut self.kept, open)
    }

    /// All minutes, with those that are `written` in the history. One that is in both was written when the
    /// health was not yet saved without it: it is the same.
    #[must_use]
    pub fn with(&self, mut written: BTreeMap<i64, Minute>) -> BTreeMap<i64, Minute> {
        written.extend(self.kept.clone());
        written
    }

    /// Those that are kept, by their start in Unix minutes.
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
    fn a_minute_closes_a_minute_after_its_end_and_stays_until_it_is_taken() {
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
        assert_eq!((open.total(), open.late, open.slow), (1, 1, 1), "what comes later still counts once");
    }

    #[test]
    fn what_comes_after_hours_is_kept_in_few_minutes() {
        let mut minutes = Minutes::default();
        for late in 0..600 {
            minutes.add(second((600 - late) * 60), answer(1), Judgement::Fine, second(600 * 60));
        }
        assert_eq!(minutes.kept().len(), 5);
        assert_eq!(minutes.kept()[&596].late, 595);
    }

    proptest! {
        /// A percentile is the exact one or at most a class above it.
        #[test]
        fn percentiles_are_close(mut millis in prop::collection::vec(0..500_000_u32, 1..200), percent in 1..=100_u32) {
            let mut minute = Minute::default();
            for one in &millis {
                minute.add(answer(*one), Judgement::Fine);
            }
            millis.sort_unstable();
            let exact = millis[(millis.len() * percent as usize).div_ceil(100) - 1];
            let told = minute.latency_percentile(percent).expect("measured");
            prop_assert!(told >= exact && told <= (exact + exact / 5).max(exact + 1), "{told} for {exact}");
        }

        /// However late what was seen comes, nothing is lost and nothing doubled, and few are kept.
        #[test]
        fn all_is_counted_once(steps in prop::collection::vec((prop_oneof![20 => -5..90_i64, 1 => 0..90_000_i64], -4000..5_i64), 1..100)) {
            let (mut minutes, mut now, mut taken, mut seen) = (Minutes::default(), 100_000, 0, 0);
            for (passed, offset) in steps {
                now += passed;
                taken += minutes.take_closed().values().map(Minute::total).sum::<u32>();
                minutes.add(second(now + offset), answer(5), Judgement::Fine, second(now));
                minutes.advance(second(now));
                seen += 1;
                prop_assert!(minutes.kept().len() <= 8);
            }
            prop_assert_eq!(taken + minutes.kept().values().map(Minute::total).sum::<u32>(), seen);
        }
    }
}
