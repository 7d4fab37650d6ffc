//! What a proposed policy would have done with what is in the windows now.
//!
//! A window holds what each observation was judged to be when it was counted, by bucket. So the replay
//! goes bucket by bucket, and tries other limits, lengths and quorums; what another choice of failures
//! or another limit of slowness would have made of them it cannot tell.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    health::{
        detector::{self, Detector, Evidence, Finding},
        policy::Policy,
        state::Health,
        window::Counts,
    },
    ingestion::observer::Observer,
};

/// The first time at which a policy would have taken the chatbot out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trip {
    /// The end of the bucket that made it fail.
    pub at: Timestamp,
    /// Who would have said so.
    pub witnesses: Vec<TripWitness>,
}

/// What a witness would have said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TripWitness {
    /// Who.
    pub observer: Observer,
    /// By which detector.
    pub detector: Detector,
    /// What its window would have held.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Replays the windows of `health` under `policy` up to `now`; none where it would not have taken the
/// chatbot out. Whether it is out, held or controlled by hand does not matter.
#[must_use]
pub fn replay(health: &Health, policy: &Policy, now: Timestamp) -> Option<Trip> {
    let (observers, circuit) = (health.observers(), health.circuit(now));
    let starts: BTreeSet<i64> =
        observers.values().flat_map(|seen| seen.window().buckets()).map(|bucket| bucket.start).collect();
    let last = starts.last().copied();
    starts.into_iter().find_map(|start| {
        let end =
            Timestamp::from_second(start).unwrap_or(now) + policy.window.bucket() - SignedDuration::from_millis(1);
        let at = end.min(now);
        // The score is kept as it is now, not as it was.
        let score = |score| if Some(start) == last { score } else { 0 };
        let seen: Vec<_> = observers
            .iter()
            .map(|(observer, seen)| {
                let counts = seen.window().until(start).counts(policy, at);
                Evidence { observer, counts, score: score(seen.score()) }
            })
            .collect();
        let effective_policy = circuit.effective_policy(policy, at);
        let Finding::Failing(found) = detector::find(&seen, &effective_policy) else { return None };
        let counts = |observer: &Observer| {
            seen.iter().find(|seen| seen.observer == observer).map_or_else(Counts::default, |seen| seen.counts)
        };
        let said = |(observer, detector)| TripWitness { counts: counts(&observer), observer, detector };
        Some(Trip { at, witnesses: found.into_iter().map(said).collect() })
    })
}

#[cfg(test)]
mod tests {
    use deranged::RangedU32;

    use super::*;
    use crate::{
        health::{engine, fold::Batch},
        ingestion::{
            log_level::LogLevel,
            observation::{Observation, Signal},
            sequence::Sequence,
        },
    };

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn another_minimum_trips_earlier_or_not_at_all() {
        let policy = Policy::default();
        let mut health = Health::new(second(0));
        for observer in ["chatbot", "dmr:tallinn"] {
            let observer = Observer::try_from(observer.to_owned()).expect("an observer");
            // Six failures in each of three buckets.
            let seen = (0..18).map(|n| Observation { at: second(300 + n * 5), signal: Signal::Log(LogLevel::Error) });
            let batch = Batch { observer, sequence: Sequence::from(1), observations: seen.collect() };
            engine::fold(&mut health, &[batch], &policy, second(390));
        }
        let mut proposed = policy.clone();
        proposed.fast.threshold = RangedU32::new_static::<100>();
        let mut trips_at = |minimum| {
            proposed.rate.minimum = RangedU32::new(minimum).expect("a number");
            replay(&health, &proposed, second(390)).map(|trip| trip.at.as_second())
        };
        assert_eq!(trips_at(6), Some(329));
        assert_eq!(trips_at(7), Some(359), "one short of the minimum");
        assert_eq!(trips_at(18), Some(389));
        assert_eq!(trips_at(19), None);
        let said = replay(&health, &policy, second(390)).expect("fails").witnesses;
        assert_eq!((said.len(), said[0].counts.failed), (2, 12));
    }
}
