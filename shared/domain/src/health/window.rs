//! The sliding window: the recent observations of one observer in time buckets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health::policy::{Judgement, Policy};

/// The observations of one observer per bucket. A bucket starts at a multiple of its length, and an observation
/// exactly on an edge belongs to the later bucket. The window at a time consists of the bucket of that time and the
/// `buckets - 1` before it.
///
/// After a change of the policy the counts that still fit are kept: those of a bucket move to the bucket of the new
/// length that contains its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Window {
    /// The buckets by start, oldest first. At most as many as the policy has, unless clocks disagree.
    buckets: Vec<Bucket>,
}

/// A bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The start in Unix seconds.
    pub start: i64,
    /// The counts.
    pub counts: Counts,
}

/// The number of observations, and of those that are failures or slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All observations.
    pub total: u32,
    /// Failures.
    pub failed: u32,
    /// Slow observations that did not fail.
    pub slow: u32,
}

impl Counts {
    /// Returns the sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            total: self.total.saturating_add(other.total),
            failed: self.failed.saturating_add(other.failed),
            slow: self.slow.saturating_add(other.slow),
        }
    }

    fn one(judgement: Judgement) -> Self {
        let (failed, slow) = match judgement {
            Judgement::Fine => (0, 0),
            Judgement::Slow => (0, 1),
            Judgement::Failed => (1, 0),
        };
        Self { total: 1, failed, slow }
    }
}

/// The stored layout: the first start, then for each bucket its distance from it and its counts. It is short, because
/// an item of at most 1 KB costs one write unit.
#[derive(Serialize, Deserialize)]
struct Packed(i64, Vec<(u32, Counts)>);

impl From<Packed> for Window {
    fn from(Packed(first, rows): Packed) -> Self {
        let bucket = |(distance, counts)| Bucket { start: first.saturating_add(i64::from(distance)), counts };
        Self { buckets: rows.into_iter().map(bucket).collect() }
    }
}

impl From<Window> for Packed {
    fn from(window: Window) -> Self {
        let first = window.buckets.first().map_or(0, |bucket| bucket.start);
        let row = |Bucket { start, counts }| (u32::try_from(start - first).unwrap_or(u32::MAX), counts);
        Self(first, window.buckets.into_iter().map(row).collect())
    }
}

impl Window {
    /// Adds an observation of time `at`. Returns false if it is older than the window at `now`. A time after `now`, by
    /// another clock, counts as `now`.
    pub fn add(&mut self, at: Timestamp, judgement: Judgement, policy: &Policy, now: Timestamp) -> bool {
        let start = bucket_start(at.min(now), policy);
        if start < oldest_start(policy, now) {
            return false;
        }
        self.put(start, Counts::one(judgement));
        true
    }

    /// Drops the buckets that are older than the window at `now`, and converts the others to the length of the policy.
    pub fn trim(&mut self, policy: &Policy, now: Timestamp) {
        let (length, oldest) = (length(policy), oldest_start(policy, now));
        if self.buckets.iter().all(|bucket| bucket.start >= oldest && bucket.start % length == 0) {
            return;
        }
        for Bucket { start, counts } in std::mem::take(&mut self.buckets) {
            let start = start.div_euclid(length) * length;
            if start >= oldest {
                self.put(start, counts);
            }
        }
    }

    /// Returns the counts of the window at `now`.
    #[must_use]
    pub fn counts(&self, policy: &Policy, now: Timestamp) -> Counts {
        let oldest = oldest_start(policy, now);
        let live = self.buckets.iter().filter(|bucket| bucket.start >= oldest);
        live.fold(Counts::default(), |sum, bucket| sum.plus(bucket.counts))
    }

    /// Returns the buckets, oldest first.
    #[must_use]
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Returns the window without the buckets that start after `start`, in Unix seconds.
    #[must_use]
    pub fn until(&self, start: i64) -> Self {
        Self { buckets: self.buckets.iter().copied().filter(|bucket| bucket.start <= start).collect() }
    }

    fn put(&mut self, start: i64, counts: Counts) {
        match self.buckets.binary_search_by_key(&start, |bucket| bucket.start) {
            Err(place) => self.buckets.insert(place, Bucket { start, counts }),
            Ok(place) => {
                if let Some(bucket) = self.buckets.get_mut(place) {
                    bucket.counts = bucket.counts.plus(counts);
                }
            }
        }
    }
}

fn length(policy: &Policy) -> i64 {
    policy.window.bucket().as_secs()
}

fn bucket_start(at: Timestamp, policy: &Policy) -> i64 {
    let length = length(policy);
    at.as_millisecond().div_euclid(1000).div_euclid(length) * length
}

fn oldest_start(policy: &Policy, now: Timestamp) -> i64 {
    bucket_start(now, policy) - length(policy) * (i64::from(policy.window.buckets.get()) - 1)
}

#[cfg(test)]
mod tests {
    use deranged::{RangedU16, RangedU32};
    use proptest::prelude::*;

    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).expect("a time")
    }

    fn failed(total: u32) -> Counts {
        Counts { total, failed: total, slow: 0 }
    }

    fn window(bucket_seconds: u32, buckets: u16) -> Policy {
        let mut policy = Policy::default();
        policy.window.bucket_seconds = RangedU32::new(bucket_seconds).expect("a length");
        policy.window.buckets = RangedU16::new(buckets).expect("a number");
        policy
    }

    #[test]
    fn edge_belongs_to_the_later_bucket() {
        let policy = Policy::default(); // 10 buckets of 30 s
        let now = at(300_000);
        let mut window = Window::default();
        assert!(!window.add(at(29_999), Judgement::Failed, &policy, now), "one millisecond too old");
        assert!(window.add(at(30_000), Judgement::Failed, &policy, now), "the oldest that counts");
        assert_eq!(window.counts(&policy, now), failed(1));
        assert_eq!(window.counts(&policy, at(329_999)).total, 1);
        assert_eq!(window.counts(&policy, at(330_000)).total, 0, "its bucket has left the window");
    }

    #[test]
    fn time_in_the_future_counts_as_now() {
        let policy = Policy::default();
        let mut window = Window::default();
        assert!(window.add(at(10_000_000), Judgement::Failed, &policy, at(0)));
        assert_eq!(window.counts(&policy, at(299_999)).total, 1);
        assert_eq!(window.counts(&policy, at(300_000)).total, 0, "it leaves with the bucket of its arrival");
    }

    #[test]
    fn another_bucket_length_keeps_what_fits() {
        let mut observations = Window::default();
        for second in [30, 60, 90, 290] {
            assert!(observations.add(at(second * 1000), Judgement::Failed, &Policy::default(), at(290_000)));
        }
        observations.trim(&window(60, 4), at(290_000)); // from 60 to 300
        assert_eq!(observations.counts(&window(60, 4), at(290_000)), failed(3), "the one of 30 s is too old now");
        assert_eq!(observations.buckets().iter().map(|bucket| bucket.start).collect::<Vec<_>>(), [60, 240]);
    }

    proptest! {
        /// The window equals the reference: keep every observation, and count those in the span.
        #[test]
        fn window_equals_a_list_of_all_observations(
            steps in prop::collection::vec((0..40_000_i64, -400_000..5_000_i64, 0..3_u8), 1..80),
            ahead in 0..400_000_i64,
        ) {
            let policy = Policy::default();
            let length = 30_000;
            let span = length * 10;
            let (mut window, mut model, mut now) = (Window::default(), Vec::new(), 10_000_000);
            for (passed, offset, what) in steps {
                now += passed;
                let judgement = [Judgement::Fine, Judgement::Slow, Judgement::Failed][usize::from(what)];
                let counted_at = (now + offset).min(now);
                let oldest = now - now % length - span + length;
                prop_assert_eq!(window.add(at(now + offset), judgement, &policy, at(now)), counted_at >= oldest);
                if counted_at >= oldest {
                    model.push((counted_at, judgement));
                }
                window.trim(&policy, at(now));
                let packed = postcard::to_stdvec(&window).expect("bytes");
                window = postcard::from_bytes(&packed).expect("as written");
            }
            let later = now + ahead;
            let oldest = later - later % length - span + length;
            let live = |judgement| model.iter().filter(|(counted_at, was)| *counted_at >= oldest && *was == judgement).count();
            let (fine, slow, failed) = (live(Judgement::Fine), live(Judgement::Slow), live(Judgement::Failed));
            let counts = window.counts(&policy, at(later));
            prop_assert_eq!(counts.total as usize, fine + slow + failed);
            prop_assert_eq!((counts.failed as usize, counts.slow as usize), (failed, slow));
            prop_assert!(window.buckets.len() <= 10);
        }
    }
}
