//! What must hold whatever the model says.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    alerts,
    circuit::Circuit,
    engine::Happened,
    event::Fact,
    health::{Batch, Check, Folded, Health},
    name::Name,
    network::Standing,
    observation::{Observer, Sequence},
    policy::Policy,
};
use jiff::{SignedDuration, Timestamp};

use crate::{history::Said, store::Loaded};

/// The most bytes of a stored health.
pub const MAX_BYTES: usize = 40 * 1024;
/// The most minutes in a stored health.
pub const MAX_MINUTES: usize = 8;
/// So far may two clocks be apart: a span by one of them is this much shorter by another.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// One chatbot from its enrolment to its removal.
type Life = (Name, Timestamp);

/// What has to be remembered to check them.
#[derive(Debug, Default)]
pub struct Invariants {
    /// Each batch that was counted.
    counted: BTreeSet<(Life, Observer, Sequence)>,
    /// When the owners were told of a chatbot's ups and downs.
    told: BTreeMap<Life, Vec<Timestamp>>,
}

/// An invariant that does not hold.
#[derive(Debug, thiserror::Error)]
#[error("{chatbot}: {rule}")]
pub struct Broken {
    chatbot: Name,
    rule: String,
}

/// What matters of a health before it changed.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    standing: Standing,
    check: Option<Check>,
}

impl From<&Health> for Before {
    fn from(health: &Health) -> Self {
        Self { standing: health.standing(), check: health.check().copied() }
    }
}

/// One save.
#[derive(Clone, Copy, Debug)]
pub struct Saved<'a> {
    /// Of which chatbot.
    pub chatbot: &'a Name,
    /// Its policy.
    pub policy: &'a Policy,
    /// When.
    pub now: Timestamp,
    /// What was stored.
    pub before: Before,
    /// What is.
    pub after: &'a Loaded,
    /// The bytes of the health.
    pub size: usize,
    /// The answer that goes with it.
    pub said: Said,
    /// The facts that go with it.
    pub happened: &'a [Happened],
}

impl Invariants {
    /// Checks what became of `batches`: each observation in exactly one place, and no batch counted
    /// twice.
    ///
    /// # Errors
    /// When that is not so.
    pub fn folded(&mut self, life: (&Name, Timestamp), batches: &[Batch], folded: Folded) -> Result<(), Broken> {
        let Folded { counted, late, repeated, before_enrolment, unheard } = folded;
        let broken = |rule: String| Err(Broken { chatbot: life.0.clone(), rule });
        let size: usize = batches.iter().map(|batch| batch.observations.len()).sum();
        if counted + late + repeated + before_enrolment + unheard != size {
            return broken(format!("{size} observations became {folded:?}"));
        }
        let life = (life.0.clone(), life.1);
        let mut fresh = 0;
        for Batch { observer, sequence, observations } in batches {
            if self.counted.insert((life.clone(), observer.clone(), *sequence)) {
                fresh += observations.len();
            }
        }
        if counted + late + before_enrolment > fresh {
            return broken(format!("{fresh} observations are new, and {folded:?} were counted"));
        }
        Ok(())
    }

    /// Checks one save.
    ///
    /// # Errors
    /// When an invariant does not hold.
    pub fn saved(&mut self, saved: &Saved) -> Result<(), Broken> {
        let rules = [cap(saved), changes(saved), leases(saved), half_open(saved), size(saved), self.alerts(saved)];
        match rules.into_iter().flatten().next() {
            None => Ok(()),
            Some(rule) => Err(Broken { chatbot: saved.chatbot.clone(), rule }),
        }
    }

    /// Owners get at most six messages a day about one chatbot's ups and downs, but for what an
    /// administrator does.
    fn alerts(&mut self, saved: &Saved) -> Option<String> {
        let by_hand = saved.happened.iter().any(|one| matches!(one.fact, Fact::ControlSet { .. }));
        let to_owners = |one: &&Happened| one.told && is_to_owners(&one.fact);
        let messages = saved.happened.iter().filter(to_owners).count();
        if by_hand || messages == 0 {
            return None;
        }
        let told = self.told.entry((saved.chatbot.clone(), saved.after.health.enrolled)).or_default();
        told.extend(std::iter::repeat_n(saved.now, messages));
        let since = saved.now - (alerts::SPAN - SKEW);
        let recent = told.iter().filter(|at| **at > since).count();
        (recent > alerts::MOST).then(|| format!("{recent} messages to its owners within a day"))
    }
}

fn is_to_owners(fact: &Fact) -> bool {
    use Fact::{ChatbotFlapping, ChatbotOffline, ChatbotOnline, ChatbotSettled};
    matches!(fact, ChatbotOnline { .. } | ChatbotOffline { .. } | ChatbotFlapping { .. } | ChatbotSettled { .. })
}

/// The engine takes none out past the cap: counted after it is out.
fn cap(saved: &Saved) -> Option<String> {
    let (before, after) = (saved.before.standing, saved.after.health.standing());
    if before == Standing::Ejected || after != Standing::Ejected {
        return None;
    }
    let census = saved.after.network.census(saved.after.kind);
    let percent = u64::from(saved.policy.cap.percent.get());
    let (ejected, base) = (u64::from(census.ejected), u64::from(census.ejected) + u64::from(census.online));
    let most = if percent == 0 { 0 } else { (base * percent / 100).max(1) };
    (ejected > most).then(|| format!("{ejected} of {base} are out, and the cap allows {most}"))
}

/// Each change of status has exactly one event, and each event a change.
fn changes(saved: &Saved) -> Option<String> {
    let (before, after) = (saved.before.standing.status(), saved.after.health.standing().status());
    let said: Vec<_> = saved
        .happened
        .iter()
        .filter_map(|one| match &one.fact {
            Fact::ChatbotOnline { .. } => Some(centops_domain::chatbot::Status::Online),
            Fact::ChatbotOffline { .. } => Some(centops_domain::chatbot::Status::Offline),
            _ => None,
        })
        .collect();
    let expected = if before == after { Vec::new() } else { vec![after] };
    (said != expected).then(|| format!("from {before:?} to {after:?}, and the events say {said:?}"))
}

/// Never more probes in flight than the policy has.
fn leases(saved: &Saved) -> Option<String> {
    let Said::Leased(Some(lease)) = saved.said else { return None };
    let most = saved.policy.probe.most_in_flight.get() as usize;
    let live = match saved.after.health.circuit(saved.now) {
        Circuit::HalfOpen { leases, .. } => leases.len(),
        Circuit::Closed { .. } | Circuit::Open { .. } => 1,
    };
    let held = |check: Check| check.lease.is_some_and(|held| held.holds(saved.now));
    if saved.before.check.is_some_and(held) {
        return Some(format!("{lease:?} is a second one for one doubt"));
    }
    (live > most).then(|| format!("{live} probes are in flight, and {most} may be"))
}

/// Nothing is half-open past its deadline, and whatever is not routed has a time at which it is due.
fn half_open(saved: &Saved) -> Option<String> {
    let (health, policy, now) = (&saved.after.health, saved.policy, saved.now);
    let circuit = health.circuit(now);
    if circuit.deadline().is_some_and(|deadline| deadline <= now) {
        return Some(format!("half-open past its deadline: {circuit:?}"));
    }
    if circuit.is_closed() || health.control().is_some() {
        return None;
    }
    let latest = now + policy.longest_open().max(policy.lease()) + SKEW;
    let due = health.due(policy);
    due.is_none_or(|due| due > latest).then(|| format!("not routed, and due at {due:?}"))
}

/// The item stays small, however much comes and however late.
fn size(saved: &Saved) -> Option<String> {
    let minutes = saved.after.health.minutes().kept().len();
    if minutes > MAX_MINUTES {
        return Some(format!("its health keeps {minutes} minutes"));
    }
    (saved.size > MAX_BYTES).then(|| format!("its health has {} bytes", saved.size))
}
