//! Dry run of a proposed policy on the current windows.
//!
//! A window contains the judgements of its observations per bucket. The replay therefore goes bucket by bucket, and
//! evaluates other limits, lengths and quorums. It cannot evaluate another definition of failures or slowness.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    health::{
        detector::{self, Detector, Evidence, Finding},
        policy::Policy,
        state::Health,
        window::Counts,
    },
    ingestion::observer::Observer,
};

/// The first time at which a policy would have ejected the chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trip {
    /// The end of the bucket that made it fail.
    pub at: Timestamp,
    /// The witnesses.
    pub witnesses: Vec<TripWitness>,
}

/// The evidence of a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TripWitness {
    /// The observer.
    pub observer: Observer,
    /// The detector.
    pub detector: Detector,
    /// The counts of its window.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Replays the windows of `health` under `policy` up to `now`. None if the policy would not have ejected the chatbot.
/// The current state of the chatbot does not matter.
#[must_use]
pub fn replay(health: &Health, policy: &Policy, now: Timestamp) -> Option<Trip> {
    let (observers, circuit) = (health.observers(), health.circuit(now));
    let starts: BTreeSet<i64> =
        observers.values().flat_map(|observer| observer.window().buckets()).map(|bucket| bucket.start).collect();
    let last = starts.last().copied();
    starts.into_iter().find_map(|start| {
        let end =
            Timestamp::from_second(start).unwrap_or(now) + policy.window.bucket() - SignedDuration::from_millis(1);
        let at = end.min(now);
        // Only the current score is known, not its history.
        let score = |score| if Some(start) == last { score } else { 0 };
        let evidence: Vec<_> = observers
            .iter()
            .map(|(observer, state)| {
                let counts = state.window().until(start).counts(policy, at);
                Evidence { observer, counts, score: score(state.score()) }
            })
            .collect();
        let effective_policy = circuit.effective_policy(policy, at);
        let Finding::Failing(found) = detector::evaluate(&evidence, &effective_policy) else { return None };
        let counts = |observer: &Observer| {
            evidence.iter().find(|one| one.observer == observer).map_or_else(Counts::default, |one| one.counts)
        };
        let witness = |(observer, detector)| TripWitness { counts: counts(&observer), observer, detector };
        Some(Trip { at, witnesses: found.into_iter().map(witness).collect() })
    })
}

#[cfg(test)]
mod tests {
    use deranged::RangedU32;

    use super::*;
    use crate::{
        health::{
            engine,
            fold::{Batch, Delivery},
        },
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
    fn higher_minimum_trips_later_or_never() {
        let policy = Policy::default();
        let mut health = Health::new(second(0));
        for observer in ["chatbot", "dmr:tallinn"] {
            let observer = Observer::try_from(observer.to_owned()).expect("an observer");
            // Six failures in each of three buckets.
            let failures =
                (0..18).map(|n| Observation { at: second(300 + n * 5), signal: Signal::Log(LogLevel::Error) });
            let batch = Batch {
                observer,
                sequence: Sequence::from(1),
                observations: failures.collect(),
                delivery: Delivery::First,
            };
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
        let witnesses = replay(&health, &policy, second(390)).expect("fails").witnesses;
        assert_eq!((witnesses.len(), witnesses[0].counts.failed), (2, 12));
    }
}
