//! The health aggregate against a plain model, over random histories.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, HashMap};

use centops_domain::{
    circuit::{Circuit, Probed},
    health::{Batch, Folded, Health, MAX_OBSERVERS},
    observation::{CodeClass, LogLevel, Observation, Observer, Sequence, Signal},
    policy::Policy,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const START: i64 = 1_790_000_000_000;

fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).expect("a time")
}

fn observer(number: usize) -> Observer {
    match number {
        0 => Observer::Chatbot,
        n => Observer::Dmr(format!("dmr-{n}").parse().expect("a good name")),
    }
}

fn signal(observer: &Observer, failed: bool) -> Signal {
    match (observer, failed) {
        (Observer::Chatbot, true) => Signal::Log(LogLevel::Error),
        (Observer::Chatbot, false) => Signal::Log(LogLevel::Info),
        (Observer::Dmr(_), true) => Signal::Code(CodeClass::ServerError),
        (Observer::Dmr(_), false) => Signal::Code(CodeClass::Success),
    }
}

/// A health whose circuit has closed at `now`.
fn closed(now: Timestamp) -> Health {
    let policy = Policy::default();
    let mut health = Health::enrolled(now);
    let claim = health.circuit.claim(&policy, now).expect("due at enrolment");
    assert_eq!(health.probed(claim, true, &policy, now, 0.0), Probed::Closed);
    health
}

fn batch(number: usize, sequence: u128, observations: &[(i64, bool)]) -> Batch {
    let observer = observer(number);
    let observations = observations
        .iter()
        .map(|&(time, failed)| Observation { at: at(time), signal: signal(&observer, failed) })
        .collect();
    Batch { observer, sequence: Sequence::from(sequence), observations }
}

/// The model: every batch that was ever counted, in a list, and everything else worked out anew.
#[derive(Default)]
struct Model {
    counted: Vec<Batch>,
}

impl Model {
    fn fold(&mut self, batch: &Batch) {
        let known = self.counted.iter().any(|old| old.observer == batch.observer && old.sequence >= batch.sequence);
        if !known {
            self.counted.push(batch.clone());
        }
    }

    fn totals(&self, enrolled: Timestamp) -> (BTreeMap<CodeClass, u64>, BTreeMap<LogLevel, u64>) {
        let (mut totals, mut levels) = (BTreeMap::new(), BTreeMap::new());
        for observation in self.counted.iter().flat_map(|batch| &batch.observations) {
            match observation.signal {
                _ if observation.at < enrolled => {}
                Signal::Code(class) => *totals.entry(class).or_default() += 1,
                Signal::Log(level) => *levels.entry(level).or_default() += 1,
            }
        }
        (totals, levels)
    }

    /// Failing, by the words of the policy: nobody trims, all times are within one window.
    fn failing(&self, policy: &Policy, since: Timestamp) -> bool {
        let mut seen: HashMap<&Observer, (u32, u32)> = HashMap::new();
        for batch in &self.counted {
            for observation in batch.observations.iter().filter(|o| o.at >= since) {
                let (total, failed) = seen.entry(&batch.observer).or_default();
                *total += 1;
                *failed += u32::from(policy.is_failure(observation.signal));
            }
        }
        let active: Vec<_> = seen.values().filter(|(total, _)| *total >= policy.minimum).collect();
        let agree = |minimum: u32| {
            active
                .iter()
                .filter(|(total, failed)| *total >= minimum && failed * 100 >= total * policy.failure_percent)
                .count()
        };
        match active.len() {
            0 => false,
            1 => agree(policy.minimum * 2) == 1,
            _ => agree(policy.minimum) >= 2,
        }
    }
}

prop_compose! {
    /// Batches of three observers within two minutes, each with sequence numbers that grow.
    fn history()(
        batches in prop::collection::vec((0..3_usize, prop::collection::vec((0..120_000_i64, any::<bool>()), 0..12)), 1..30),
    ) -> Vec<Batch> {
        batches
            .into_iter()
            .enumerate()
            .map(|(place, (observer, seen))| {
                let seen: Vec<_> = seen.into_iter().map(|(offset, failed)| (START + offset, failed)).collect();
                batch(observer, place as u128 + 1, &seen)
            })
            .collect()
    }
}

proptest! {
    /// Redelivery of any suffix, at any point, in any other batching, changes nothing.
    #[test]
    fn each_observation_counts_once(
        history in history(),
        redeliveries in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
    ) {
        let policy = Policy::default();
        let now = at(START + 120_000);
        let mut deliveries = Vec::new();
        let mut delivered = 0;
        for (from, to) in redeliveries {
            let to = to.index(history.len() + 1);
            deliveries.extend_from_slice(&history[delivered.min(to)..to]);
            delivered = delivered.max(to);
            deliveries.extend_from_slice(&history[from.index(delivered + 1)..delivered]);
        }
        deliveries.extend_from_slice(&history[delivered..]);

        let (mut plain, mut disturbed) = (closed(at(START)), closed(at(START)));
        for batch in &history {
            plain.fold(batch, &policy, now);
        }
        for batch in &deliveries {
            disturbed.fold(batch, &policy, now);
        }
        prop_assert_eq!(plain, disturbed);
    }

    /// Totals and verdict equal the model's after every batch, through save and load.
    #[test]
    fn equals_the_plain_model(history in history(), again in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let policy = Policy::default();
        let now = at(START + 120_000);
        let mut health = closed(at(START));
        let mut model = Model::default();
        let repeated: Vec<_> = again.iter().map(|index| history[index.index(history.len())].clone()).collect();
        for batch in history.iter().chain(&repeated) {
            let folded = health.fold(batch, &policy, now);
            let Folded { counted, late, repeated, before_enrolment, unheard } = folded;
            prop_assert_eq!(counted + late + repeated + before_enrolment + unheard, batch.observations.len());
            model.fold(batch);
            health = serde_json::from_str(&serde_json::to_string(&health).expect("json")).expect("as written");
            let (totals, levels) = model.totals(at(START));
            prop_assert_eq!((health.totals(), health.levels()), (&totals, &levels));
            prop_assert_eq!(health.failing(&policy, now).is_some(), model.failing(&policy, at(START)));
        }
    }

    /// Batches of different senders may come in any order.
    #[test]
    fn the_order_between_senders_does_not_matter(history in history(), seed in any::<prop::sample::Index>()) {
        let policy = Policy::default();
        let now = at(START + 120_000);
        let mut other = history.clone();
        let first = seed.index(3);
        other.sort_by_key(|batch| batch.observer != observer(first));
        let fold = |batches: &[Batch]| {
            let mut health = closed(at(START));
            for batch in batches {
                health.fold(batch, &policy, now);
            }
            health
        };
        prop_assert_eq!(fold(&history), fold(&other));
    }
}

#[test]
fn a_recovered_chatbot_is_not_condemned_for_what_came_before() {
    let policy = Policy::default();
    let mut health = closed(at(START));
    let failures: Vec<_> = (0..20).map(|i| (START + i, true)).collect();
    health.fold(&batch(0, 1, &failures), &policy, at(START + 1000));
    health.fold(&batch(1, 1, &failures), &policy, at(START + 1000));
    assert_eq!(health.failing(&policy, at(START + 1000)).map(|witnesses| witnesses.len()), Some(2));
    health.open(&policy, at(START + 1000), 0.0);
    assert_eq!(health.failing(&policy, at(START + 1000)), None, "it is open already");

    let due = health.circuit.due().expect("open");
    let claim = health.circuit.claim(&policy, due).expect("due");
    assert_eq!(health.probed(claim, true, &policy, due, 0.0), Probed::Closed);
    assert_eq!(health.failing(&policy, due), None);
    let old = health.fold(&batch(1, 2, &failures), &policy, due + SignedDuration::from_secs(1));
    assert_eq!((old.counted, old.late), (0, 20), "counted in the totals, not against it");
    assert_eq!(health.totals().get(&CodeClass::ServerError), Some(&40));
    assert_eq!(health.failing(&policy, due), None);
}

#[test]
fn a_new_chatbot_of_an_old_name_gets_no_old_counts() {
    let policy = Policy::default();
    let mut health = closed(at(START));
    let folded = health.fold(&batch(1, 1, &[(START - 1, true), (START, true)]), &policy, at(START));
    assert_eq!((folded.before_enrolment, folded.counted), (1, 1));
}

#[test]
fn a_crowd_of_observers_is_refused_and_said() {
    let policy = Policy::default();
    let mut health = closed(at(START));
    for number in 0..MAX_OBSERVERS {
        assert_eq!(health.fold(&batch(number, 1, &[(START, false)]), &policy, at(START)).counted, 1);
    }
    let folded = health.fold(&batch(MAX_OBSERVERS, 1, &[(START, false)]), &policy, at(START));
    assert_eq!((folded.counted, folded.unheard), (0, 1));
}

/// The usual item, three observers with full windows, costs one write unit: 1 KB with its keys.
#[test]
fn a_full_window_of_three_observers_fits_a_write_unit() {
    let policy = Policy::default();
    let mut health = closed(at(START));
    let now = START + 300_000;
    for number in 0..3 {
        let seen: Vec<_> =
            (0..10).flat_map(|bucket| (0..120).map(move |i| (START + bucket * 30_000 + i, i % 3 == 0))).collect();
        health.fold(&batch(number, u128::from(u64::MAX), &seen), &policy, at(now - 15_000));
    }
    let length = serde_json::to_string(&health).expect("json").len();
    assert!(length <= 850, "{length} bytes: with keys and attribute names over 1 KB");
}

#[test]
fn an_open_circuit_is_due() {
    let health = Health::enrolled(at(START));
    assert!(matches!(health.circuit, Circuit::Open { next_probe, .. } if next_probe == at(START)));
}
