//! Invariants: rules that hold regardless of the model.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    alerts::EventKind,
    chatbots::Name,
    health::{
        Batch, Check, Circuit, FoldSummary, Health, Lane, MAX_NOTIFICATIONS, NOTIFICATION_SPAN, Policy, RaisedEvent,
        RoutingState,
    },
    ingestion::{Observer, Sequence},
};
use jiff::{SignedDuration, Timestamp};

use crate::{history::Outcome, store::Loaded};

/// The most bytes of a stored health.
pub const MAX_BYTES: usize = 40 * 1024;
/// The most minutes in a stored health.
pub const MAX_MINUTES: usize = 8;
/// The most by which two clocks differ: a period by one clock may be shorter by this by another.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// A chatbot from its enrolment to its removal.
type Life = (Name, Timestamp);

/// The state that the checks need.
#[derive(Debug, Default)]
pub struct Invariants {
    /// The counted batches.
    counted: BTreeSet<(Life, Observer, Sequence)>,
    /// The times of the notifications to owners.
    notifications: BTreeMap<Life, Vec<Timestamp>>,
}

/// A violated invariant.
#[derive(Debug, thiserror::Error)]
#[error("{chatbot}: {rule}")]
pub struct Violation {
    chatbot: Name,
    rule: String,
}

/// The state of a health before a change.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    routing_state: RoutingState,
    check: Option<Check>,
}

impl From<&Health> for Before {
    fn from(health: &Health) -> Self {
        Self { routing_state: health.routing_state(), check: health.check().copied() }
    }
}

/// A save.
#[derive(Clone, Copy, Debug)]
pub struct Saved<'a> {
    /// The chatbot.
    pub chatbot: &'a Name,
    /// Its policy.
    pub policy: &'a Policy,
    /// The time.
    pub now: Timestamp,
    /// The state before.
    pub before: Before,
    /// The state after.
    pub after: &'a Loaded,
    /// The size of the health in bytes.
    pub size: usize,
    /// The outcome of the action.
    pub outcome: Outcome,
    /// The raised events.
    pub raised: &'a [RaisedEvent],
}

impl Invariants {
    /// Checks the outcome of folding `batches`: each observation is counted in exactly one field, and no batch twice.
    ///
    /// # Errors
    /// The violated invariant.
    pub fn folded(
        &mut self,
        life: (&Name, Timestamp),
        batches: &[Batch],
        folded: FoldSummary,
    ) -> Result<(), Violation> {
        let FoldSummary { counted, late, repeated, before_enrolment, over_limit: unobserved } = folded;
        let violation = |rule: String| Err(Violation { chatbot: life.0.clone(), rule });
        let size: usize = batches.iter().map(|batch| batch.observations.len()).sum();
        if counted + late + repeated + before_enrolment + unobserved != size {
            return violation(format!("{size} observations became {folded:?}"));
        }
        let life = (life.0.clone(), life.1);
        let mut fresh = 0;
        for Batch { observer, sequence, observations, .. } in batches {
            if self.counted.insert((life.clone(), observer.clone(), *sequence)) {
                fresh += observations.len();
            }
        }
        if counted + late + before_enrolment > fresh {
            return violation(format!("{fresh} observations are new, and {folded:?} were counted"));
        }
        Ok(())
    }

    /// Checks a save.
    ///
    /// # Errors
    /// The violated invariant.
    pub fn saved(&mut self, saved: &Saved) -> Result<(), Violation> {
        let rules = [cap(saved), changes(saved), leases(saved), half_open(saved), size(saved), self.alerts(saved)];
        match rules.into_iter().flatten().next() {
            None => Ok(()),
            Some(rule) => Err(Violation { chatbot: saved.chatbot.clone(), rule }),
        }
    }

    /// Owners receive at most six messages a day about one chatbot's changes, except those that an administrator
    /// causes.
    fn alerts(&mut self, saved: &Saved) -> Option<String> {
        let by_hand = saved.raised.iter().any(|one| matches!(one.event, EventKind::ControlSet { .. }));
        let to_owners = |one: &&RaisedEvent| one.notify && is_to_owners(&one.event);
        let messages = saved.raised.iter().filter(to_owners).count();
        if by_hand || messages == 0 {
            return None;
        }
        let notifications =
            self.notifications.entry((saved.chatbot.clone(), saved.after.health.enrolled_at)).or_default();
        notifications.extend(std::iter::repeat_n(saved.now, messages));
        let since = saved.now - (NOTIFICATION_SPAN - SKEW);
        let recent = notifications.iter().filter(|at| **at > since).count();
        (recent > MAX_NOTIFICATIONS).then(|| format!("{recent} messages to its owners within a day"))
    }
}

fn is_to_owners(event: &EventKind) -> bool {
    use EventKind::{ChatbotFlapping, ChatbotOffline, ChatbotOnline, ChatbotSettled};
    matches!(event, ChatbotOnline { .. } | ChatbotOffline { .. } | ChatbotFlapping { .. } | ChatbotSettled { .. })
}

/// No ejection exceeds the cap, counted after the ejection.
fn cap(saved: &Saved) -> Option<String> {
    let (before, after) = (saved.before.routing_state, saved.after.health.routing_state());
    if before == RoutingState::Ejected || after != RoutingState::Ejected {
        return None;
    }
    let counts = saved.after.network.state_counts(saved.after.kind);
    let percent = u64::from(saved.policy.cap.percent.get());
    let (ejected, base) = (u64::from(counts.ejected), u64::from(counts.ejected) + u64::from(counts.online));
    let most = if percent == 0 { 0 } else { (base * percent / 100).max(1) };
    (ejected > most).then(|| format!("{ejected} of {base} are out, and the cap allows {most}"))
}

/// Each change of status has exactly one event, and each event a change.
fn changes(saved: &Saved) -> Option<String> {
    let (before, after) = (saved.before.routing_state.status(), saved.after.health.routing_state().status());
    let outcome: Vec<_> = saved
        .raised
        .iter()
        .filter_map(|one| match &one.event {
            EventKind::ChatbotOnline { .. } => Some(centops_domain::chatbots::Status::Online),
            EventKind::ChatbotOffline { .. } => Some(centops_domain::chatbots::Status::Offline),
            _ => None,
        })
        .collect();
    let expected = if before == after { Vec::new() } else { vec![after] };
    (outcome != expected).then(|| format!("from {before:?} to {after:?}, and the events say {outcome:?}"))
}

/// There are at most as many concurrent probes as the policy permits.
fn leases(saved: &Saved) -> Option<String> {
    let Outcome::Leased(Some(lease)) = saved.outcome else { return None };
    let most = saved.policy.probe.most_in_flight.get() as usize;
    let health = &saved.after.health;
    let is_pending = health.pending_address(lease.id).is_some();
    let pending = health.relocation().filter(|_| is_pending).map(|relocation| relocation.circuit(saved.now));
    let live = match pending.unwrap_or_else(|| health.circuit(saved.now)) {
        Circuit::HalfOpen { leases, .. } => leases.len(),
        Circuit::Closed { .. } | Circuit::Open { .. } => 1,
    };
    let suppression = |check: Check| check.lease.is_some_and(|suppression| suppression.holds(saved.now));
    if !is_pending && saved.before.check.is_some_and(suppression) {
        return Some(format!("{lease:?} is a second one for one check"));
    }
    (live > most).then(|| format!("{live} probes are in flight, and {most} may be"))
}

/// No circuit is half-open past its deadline, and each chatbot that is not routed or is to move has a time at which it is
/// due.
fn half_open(saved: &Saved) -> Option<String> {
    let (health, policy, now) = (&saved.after.health, saved.policy, saved.now);
    let circuit = health.circuit(now);
    if circuit.deadline().is_some_and(|deadline| deadline <= now) {
        return Some(format!("half-open past its deadline: {circuit:?}"));
    }
    if (circuit.is_closed() && health.relocation().is_none()) || health.control().is_some() {
        return None;
    }
    let latest = now + policy.longest_open().max(policy.lease()) + SKEW;
    let due = health.due(policy);
    due.is_none_or(|due| due.at > latest || due.lane != Lane::Recovery)
        .then(|| format!("not routed or to move, and due at {due:?}"))
}

/// The item stays small, however many observations arrive and however late.
fn size(saved: &Saved) -> Option<String> {
    let minutes = saved.after.health.minutes().kept().len();
    if minutes > MAX_MINUTES {
        return Some(format!("its health keeps {minutes} minutes"));
    }
    (saved.size > MAX_BYTES).then(|| format!("its health has {} bytes", saved.size))
}
