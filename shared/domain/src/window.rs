//! The sliding window: what one observer saw of late, in time buckets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::Policy;

/// Observations of one observer by bucket. A bucket starts at a multiple of its length; one that falls
/// exactly on an edge belongs to the later bucket. The window at a time has that time's bucket and
/// the `buckets - 1` before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Window {
    /// By start, oldest first. At most as many as the policy has, but for clocks that disagree.
    buckets: Vec<Bucket>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    /// Unix seconds.
    start: i64,
    counts: Counts,
}

/// Observations and failures among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub total: u32,
    /// Those that failed.
    pub failed: u32,
}

/// As stored: the first start, then for each bucket its distance from there, its total and its
/// failures. Short, for an item of at most 1 KB costs one write unit.
#[derive(Serialize, Deserialize)]
struct Packed(i64, Vec<(i64, u32, u32)>);

impl From<Packed> for Window {
    fn from(Packed(first, rows): Packed) -> Self {
        let bucket = |(distance, total, failed)| Bucket {
            start: first.saturating_add(distance),
            counts: Counts { total, failed },
        };
        Self { buckets: rows.into_iter().map(bucket).collect() }
    }
}

impl From<Window> for Packed {
    fn from(window: Window) -> Self {
        let first = window.buckets.first().map_or(0, |bucket| bucket.start);
        let row = |Bucket { start, counts }| (start - first, counts.total, counts.failed);
        Self(first, window.buckets.into_iter().map(row).collect())
    }
}

impl Window {
    /// Adds one observation of time `at` when it is `now`, unless it is older than the window: then
    /// the answer is false. A time ahead of `now` (another clock's) counts as `now`.
    pub fn add(&mut self, at: Timestamp, failed: bool, policy: &Policy, now: Timestamp) -> bool {
        let start = bucket_start(at.min(now), policy);
        if start < oldest_start(policy, now) {
            return false;
        }
        let place = match self.buckets.binary_search_by_key(&start, |bucket| bucket.start) {
            Ok(place) => place,
            Err(place) => {
                self.buckets.insert(place, Bucket { start, counts: Counts::default() });
                place
            }
        };
        if let Some(Bucket { counts, .. }) = self.buckets.get_mut(place) {
            counts.total = counts.total.saturating_add(1);
            counts.failed = counts.failed.saturating_add(u32::from(failed));
        }
        true
    }

    /// Drops the buckets that are older than the window at `now`.
    pub fn trim(&mut self, policy: &Policy, now: Timestamp) {
        let oldest = oldest_start(policy, now);
        self.buckets.retain(|bucket| bucket.start >= oldest);
    }

    /// What the window holds at `now`.
    #[must_use]
    pub fn counts(&self, policy: &Policy, now: Timestamp) -> Counts {
        let oldest = oldest_start(policy, now);
        let live = self.buckets.iter().filter(|bucket| bucket.start >= oldest);
        live.fold(Counts::default(), |sum, Bucket { counts, .. }| Counts {
            total: sum.total.saturating_add(counts.total),
            failed: sum.failed.saturating_add(counts.failed),
        })
    }
}

fn bucket_start(at: Timestamp, policy: &Policy) -> i64 {
    let length = policy.bucket.as_secs().max(1);
    at.as_millisecond().div_euclid(1000).div_euclid(length) * length
}

fn oldest_start(policy: &Policy, now: Timestamp) -> i64 {
    let length = policy.bucket.as_secs().max(1);
    bucket_start(now, policy) - length * (i64::from(policy.buckets.max(1)) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).expect("a time")
    }

    #[test]
    fn an_edge_belongs_to_the_later_bucket() {
        let policy = Policy::default(); // 10 buckets of 30 s
        let now = at(300_000);
        let mut window = Window::default();
        assert!(!window.add(at(29_999), true, &policy, now), "one millisecond too old");
        assert!(window.add(at(30_000), true, &policy, now), "the oldest that counts");
        assert_eq!(window.counts(&policy, now), Counts { total: 1, failed: 1 });
        assert_eq!(window.counts(&policy, at(329_999)).total, 1);
        assert_eq!(window.counts(&policy, at(330_000)).total, 0, "its bucket has left the window");
    }

    #[test]
    fn a_clock_that_runs_ahead_counts_as_now() {
        let policy = Policy::default();
        let mut window = Window::default();
        assert!(window.add(at(10_000_000), true, &policy, at(0)));
        assert_eq!(window.counts(&policy, at(299_999)).total, 1);
        assert_eq!(window.counts(&policy, at(300_000)).total, 0, "it leaves with the bucket of then");
    }

    proptest! {
        /// The window equals the plain model: keep every observation, count those in the span.
        #[test]
        fn equals_a_list_of_all_observations(
            steps in prop::collection::vec((0..40_000_i64, -400_000..5_000_i64, any::<bool>()), 1..80),
            ahead in 0..400_000_i64,
        ) {
            let policy = Policy::default();
            let length = policy.bucket.as_secs() * 1000;
            let span = length * i64::from(policy.buckets);
            let (mut window, mut model, mut now) = (Window::default(), Vec::new(), 10_000_000);
            for (passed, offset, failed) in steps {
                now += passed;
                let seen = (now + offset).min(now);
                let oldest = now - now % length - span + length;
                prop_assert_eq!(window.add(at(now + offset), failed, &policy, at(now)), seen >= oldest);
                if seen >= oldest {
                    model.push((seen, failed));
                }
                window.trim(&policy, at(now));
                let packed = serde_json::to_string(&window).expect("json");
                window = serde_json::from_str(&packed).expect("as written");
            }
            let later = now + ahead;
            let oldest = later - later % length - span + length;
            let live: Vec<_> = model.iter().filter(|(seen, _)| *seen >= oldest).collect();
            let failed = live.iter().filter(|(_, failed)| *failed).count();
            let counts = window.counts(&policy, at(later));
            prop_assert_eq!((counts.total as usize, counts.failed as usize), (live.len(), failed));
            prop_assert!(window.buckets.len() <= usize::from(policy.buckets));
        }
    }
}
