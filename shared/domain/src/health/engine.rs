//! The health engine: the decisions that follow from observations, probes, time and administrators.
//!
//! Each function takes a [`DecisionContext`], changes the health and the counts of the network, and returns the raised
//! events. It reads and keeps nothing else, so a caller whose save fails repeats the call on the stored state.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    alerts::event::EventKind,
    chatbots::{chatbot_type::ChatbotType, name::Name, uri::ChatbotUri},
    health::{
        cause::{Cause, Check, CheckReason, Suppression},
        circuit::{Circuit, Lease, ProbeOutcome},
        control::{Control, ControlMode},
        detector::Finding,
        flapping::Notify,
        fold::{Batch, FoldSummary},
        history::Minute,
        network::{Network, RoutingState},
        policy::Policy,
        relocation::{AddressChange, Relocation},
        state::Health,
    },
    ingestion::observer::Observer,
    stamp::Stamp,
};

/// The context of a decision.
#[derive(Clone, Copy, Debug)]
pub struct DecisionContext<'a> {
    /// The chatbot.
    pub name: &'a Name,
    /// Its type.
    pub kind: ChatbotType,
    /// Its policy.
    pub policy: &'a Policy,
    /// The current time in whole milliseconds.
    pub now: Timestamp,
    /// A random number in `[0, 1)` that spreads probes.
    pub jitter: f64,
}

/// An event, and the decision whether its audience is notified now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaisedEvent {
    /// The event.
    pub event: EventKind,
    /// True if its audience is notified.
    pub notify: bool,
}

/// The result of folding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldResult {
    /// The outcome per observation.
    pub summary: FoldSummary,
    /// The minutes that can no longer change, by their start in Unix minutes. They must be in the history before the
    /// health is saved.
    pub closed: BTreeMap<i64, Minute>,
    /// The finding to pass to [`decide`]; usually fine.
    pub finding: Finding,
}

/// Folds `batches` at `now`, and returns the finding to decide on. It does not need the network's counts, so that they
/// are rarely read.
pub fn fold(health: &mut Health, batches: &[Batch], policy: &Policy, now: Timestamp) -> FoldResult {
    let closed = health.minutes.take_closed();
    let summary = batches.iter().fold(FoldSummary::default(), |sum, batch| sum.plus(health.fold(batch, policy, now)));
    health.minutes.advance(now);
    schedule_silence_check(health, policy);
    let finding = new_findings(health, policy, now);
    FoldResult { summary, closed, finding }
}

/// Returns the finding without what was reported before.
fn new_findings(health: &mut Health, policy: &Policy, now: Timestamp) -> Finding {
    let finding = health.finding(policy, now);
    let outliers: &[_] = match &finding {
        Finding::Outliers(outliers) => outliers,
        Finding::OwnLog => &[Observer::Chatbot],
        Finding::Fine | Finding::Failing(_) => &[],
    };
    let mut new = Vec::new();
    for (observer, state) in &mut health.observers {
        let is_one = outliers.contains(observer);
        if is_one && !state.outlier {
            new.push(observer.clone());
        }
        state.outlier = is_one;
    }
    match finding {
        Finding::Failing(_) if health.suppression == Some(Suppression::DryRun) && policy.dry_run => Finding::Fine,
        Finding::Failing(witnesses) => Finding::Failing(witnesses),
        Finding::Fine | Finding::Outliers(_) | Finding::OwnLog => {
            health.suppression = health.suppression.filter(|_| health.check.is_some());
            match finding {
                _ if new.is_empty() => Finding::Fine,
                Finding::OwnLog => Finding::OwnLog,
                _ => Finding::Outliers(new),
            }
        }
    }
}

/// Schedules the next check for silent observers at the first time at which one can be silent. It is set once and
/// moved by the prober, not by each batch, so that folding does not write the index.
fn schedule_silence_check(health: &mut Health, policy: &Policy) {
    if !health.circuit.is_closed() {
        return;
    }
    if let Some(silence) = health.next_silence(policy)
        && health.next_silence_check.is_none_or(|Stamp(scheduled)| silence < scheduled)
    {
        health.next_silence_check = Some(Stamp(silence));
    }
}

/// Decides on the finding of [`fold`]: a failing chatbot is ejected, unless the cap forbids it; an outlier is
/// reported, and the chatbot probed; if only its own log finds it failing, it is probed.
pub fn decide(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    finding: Finding,
) -> Vec<RaisedEvent> {
    match finding {
        Finding::Fine => Vec::new(),
        Finding::Outliers(observers) => {
            health.check.get_or_insert(Check { reason: CheckReason::Disagreement, due: context.now, lease: None });
            let event = |observer| EventKind::ObserverOutlier { chatbot: context.name.clone(), observer };
            observers.into_iter().map(|observer| RaisedEvent { event: event(observer), notify: true }).collect()
        }
        Finding::OwnLog => {
            health.check.get_or_insert(Check { reason: CheckReason::OwnLog, due: context.now, lease: None });
            Vec::new()
        }
        Finding::Failing(found) => {
            let witnesses = health.witnesses(found, context.policy, context.now);
            eject(context, health, network, Cause::Failing(witnesses))
        }
    }
}

/// Ejects the chatbot, or records why not.
fn eject(context: &DecisionContext, health: &mut Health, network: &mut Network, cause: Cause) -> Vec<RaisedEvent> {
    let DecisionContext { name, kind, policy, now, jitter } = *context;
    let chatbot = name.clone();
    if policy.dry_run {
        let first = health.suppression.replace(Suppression::DryRun) != Some(Suppression::DryRun);
        let event = EventKind::WouldGoOffline { chatbot, cause };
        return if first { vec![RaisedEvent { event, notify: true }] } else { Vec::new() };
    }
    let mut raised = end_hold(network, kind, policy);
    if !network.permits_ejection(kind, &policy.cap) {
        health.suppression = Some(Suppression::Cap);
        if network.start_hold(kind, now) {
            raised.push(RaisedEvent { event: EventKind::CapReached { kind, chatbot, cause }, notify: true });
        }
        return raised;
    }
    let relapses = health.circuit.relapses_at(policy, now);
    let before = health.routing_state();
    health.open(Circuit::open(relapses, policy, now, jitter), cause.clone());
    raised.extend(record_transition(context, health, network, before));
    raised.extend(notify_owner(context, health, EventKind::ChatbotOffline { chatbot, cause }));
    raised
}

/// Counts a transition of the routing state, and ends the hold if that follows.
fn record_transition(
    context: &DecisionContext,
    health: &Health,
    network: &mut Network,
    before: RoutingState,
) -> Vec<RaisedEvent> {
    network.record_transition(context.kind, Some(before), Some(health.routing_state()));
    end_hold(network, context.kind, context.policy)
}

/// Ends the hold once enough chatbots are back.
pub fn end_hold(network: &mut Network, kind: ChatbotType, policy: &Policy) -> Vec<RaisedEvent> {
    if network.end_hold(kind, &policy.cap) {
        vec![RaisedEvent { event: EventKind::CapReleased { kind }, notify: true }]
    } else {
        Vec::new()
    }
}

/// Returns the `event` of a change of status, and decides whether the owner is notified.
fn notify_owner(context: &DecisionContext, health: &mut Health, event: EventKind) -> Vec<RaisedEvent> {
    let notify = health.flapping.record_change(context.now);
    let mut raised = vec![RaisedEvent { event, notify: notify == Notify::Change }];
    if notify == Notify::Flapping {
        let (chatbot, status) = (context.name.clone(), health.routing_state().status());
        raised.push(RaisedEvent { event: EventKind::ChatbotFlapping { chatbot, status }, notify: true });
    }
    raised
}

/// Evaluates a chatbot that is due: ends an expired manual control, flags silent observers, and reports when a
/// flapping chatbot has settled. Returns a lease if the caller should probe.
pub fn evaluate_due(context: &DecisionContext, health: &mut Health) -> (Option<Lease>, Vec<RaisedEvent>) {
    let DecisionContext { name, policy, now, .. } = *context;
    let mut raised = Vec::new();
    if health.control.as_ref().is_some_and(|control| control.has_ended(now)) {
        raised.extend(end_control(context, health));
    }
    if health.control.is_some() {
        return (None, raised);
    }
    if health.flapping.settle(health.circuit.since(), now) {
        let status = health.routing_state().status();
        raised.push(RaisedEvent { event: EventKind::ChatbotSettled { chatbot: name.clone(), status }, notify: true });
    }
    let lease = if health.circuit.is_closed() {
        raised.extend(flag_silent_observers(context, health));
        claim_check(health, policy, now)
    } else {
        health.circuit.claim(health.next_lease, policy, now)
    };
    let lease = lease.or_else(|| health.relocation.as_mut()?.circuit.claim(health.next_lease, policy, now));
    if lease.is_some() {
        health.next_lease += 1;
    }
    (lease, raised)
}

/// Flags silent observers. The chatbot is probed then.
fn flag_silent_observers(context: &DecisionContext, health: &mut Health) -> Vec<RaisedEvent> {
    let DecisionContext { name, policy, now, .. } = *context;
    let mut raised = Vec::new();
    for (observer, state) in &mut health.observers {
        let silent = state.report_interval.silent_at(&policy.silence).is_some_and(|at| at <= now);
        if silent && !state.silent {
            state.silent = true;
            let event = EventKind::ObserverSilent { chatbot: name.clone(), observer: observer.clone() };
            raised.push(RaisedEvent { event, notify: false });
        }
    }
    if !raised.is_empty() {
        health.check.get_or_insert(Check { reason: CheckReason::Silence, due: now, lease: None });
    }
    health.next_silence_check = health.next_silence(policy).map(Stamp);
    raised
}

fn claim_check(health: &mut Health, policy: &Policy, now: Timestamp) -> Option<Lease> {
    let check = health.check.as_mut()?;
    let free = check.lease.is_none_or(|lease| !lease.holds(now));
    if !free || check.due > now {
        return None;
    }
    let lease = Lease { id: health.next_lease, until: now + policy.lease() };
    check.lease = Some(lease);
    Some(lease)
}

/// Records the result of the probe with the lease `id`.
pub fn record_probe(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    id: u64,
    success: bool,
) -> (ProbeOutcome, Vec<RaisedEvent>) {
    let DecisionContext { policy, now, jitter, .. } = *context;
    if health.control.is_some() {
        return (ProbeOutcome::Stale, Vec::new());
    }
    if health.pending_address(id).is_some() {
        return record_relocation(context, health, network, id, success);
    }
    if health.circuit.is_closed() {
        return record_check(context, health, network, id, success);
    }
    let before = health.routing_state();
    let probed = health.circuit.record_probe(id, success, policy, now, jitter);
    let Circuit::Closed { relapses, .. } = health.circuit else { return (probed, Vec::new()) };
    // Only an ejected chatbot recovers; an enrolled or forced one comes back as new.
    health.close(relapses.filter(|_| before == RoutingState::Ejected), now);
    schedule_silence_check(health, policy);
    (probed, come_online(context, health, network, before))
}

/// Records the transition of a chatbot from `before` to Online, and notifies its owner.
fn come_online(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    before: RoutingState,
) -> Vec<RaisedEvent> {
    let mut raised = record_transition(context, health, network, before);
    let event = EventKind::ChatbotOnline { chatbot: context.name.clone(), was: before.status() };
    raised.extend(notify_owner(context, health, event));
    raised
}

fn record_check(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    id: u64,
    success: bool,
) -> (ProbeOutcome, Vec<RaisedEvent>) {
    let DecisionContext { policy, now, jitter, .. } = *context;
    let live = |check: &&mut Check| check.lease.is_some_and(|lease| lease.id == id && lease.holds(now));
    let Some(check) = health.check.as_mut().filter(live) else { return (ProbeOutcome::Stale, Vec::new()) };
    if success {
        (health.check, health.suppression) = (None, None);
        return (ProbeOutcome::StaysClosed, Vec::new());
    }
    // While it is suppressed, the check is repeated.
    (check.due, check.lease) = (policy.next_probe(0, now, jitter), None);
    let reason = check.reason;
    let raised = eject(context, health, network, Cause::Unanswered(reason));
    (if health.circuit.is_closed() { ProbeOutcome::StaysClosed } else { ProbeOutcome::Opened }, raised)
}

/// Records the result of a probe of the pending address. A success moves the chatbot: it is routed to that address, and
/// what observers saw of the former one no longer counts.
fn record_relocation(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    id: u64,
    success: bool,
) -> (ProbeOutcome, Vec<RaisedEvent>) {
    let DecisionContext { name, policy, now, jitter, .. } = *context;
    let stale = (ProbeOutcome::Stale, Vec::new());
    let Some(relocation) = health.relocation.as_mut() else { return stale };
    match relocation.circuit.record_probe(id, success, policy, now, jitter) {
        ProbeOutcome::StaysOpen => return (ProbeOutcome::StaysPending, Vec::new()),
        ProbeOutcome::Closed => {}
        _ => return stale,
    }
    let uri = relocation.uri().clone();
    let before = health.routing_state();
    health.relocation = None;
    health.close(None, now);
    schedule_silence_check(health, policy);
    let moved = EventKind::ChatbotMoved { chatbot: name.clone(), uri };
    let mut raised = vec![RaisedEvent { event: moved, notify: false }];
    if before != RoutingState::Online {
        raised.extend(come_online(context, health, network, before));
    }
    (ProbeOutcome::Moved, raised)
}

/// Changes the address of the chatbot from `current` to `uri`. A routed chatbot keeps its address until the new one has
/// passed its probes. One that is not routed has the new one at once, and is due for a probe; so has one that is forced
/// online, whose probes decide nothing.
pub fn change_address(
    health: &mut Health,
    current: &ChatbotUri,
    uri: &ChatbotUri,
    policy: &Policy,
    now: Timestamp,
) -> AddressChange {
    health.relocation = None;
    if uri == current {
        return AddressChange::Unchanged;
    }
    let control = health.control.as_ref().filter(|control| !control.has_ended(now));
    let is_forced = control.is_some_and(|control| control.mode == ControlMode::ForceOnline);
    if !health.circuit.is_closed() {
        health.circuit.restart(now);
        return AddressChange::AtOnce;
    }
    if is_forced {
        health.close(None, now);
        schedule_silence_check(health, policy);
        return AddressChange::AtOnce;
    }
    health.relocation = Some(Relocation::new(uri.clone(), now));
    AddressChange::Pending
}

/// Sets a manual control. The owner is always notified of a change of status that follows: it does not count as
/// flapping.
pub fn set_control(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    control: Control,
) -> Vec<RaisedEvent> {
    let DecisionContext { name, now, .. } = *context;
    let (before, chatbot) = (health.routing_state(), name.clone());
    match control.mode {
        ControlMode::Hold => {}
        ControlMode::ForceOnline if health.circuit.is_closed() => {}
        ControlMode::ForceOnline => health.close(None, now),
        ControlMode::ForceOffline => {
            health.open(Circuit::due_at_once(now), Cause::Forced(control.reason.to_string()));
        }
    }
    health.control = Some(control.clone());
    let event = EventKind::ControlSet { chatbot: chatbot.clone(), control };
    let mut raised = vec![RaisedEvent { event, notify: false }];
    let after = health.routing_state();
    if before != after {
        raised.extend(record_transition(context, health, network, before));
    }
    if before.status() != after.status() {
        let event = match &health.cause {
            None => EventKind::ChatbotOnline { chatbot, was: before.status() },
            Some(cause) => EventKind::ChatbotOffline { chatbot, cause: cause.clone() },
        };
        raised.push(RaisedEvent { event, notify: true });
    }
    raised
}

/// Ends the manual control. The engine continues from the current state: a chatbot that was forced offline is due for
/// a probe at once; one that was forced online is monitored as usual.
pub fn end_control(context: &DecisionContext, health: &mut Health) -> Vec<RaisedEvent> {
    if health.control.take().is_none() {
        return Vec::new();
    }
    schedule_silence_check(health, context.policy);
    vec![RaisedEvent { event: EventKind::ControlEnded { chatbot: context.name.clone() }, notify: false }]
}
