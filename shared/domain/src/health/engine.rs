//! The health engine: what follows from what was seen, from probes, from time, and from administrators.
//!
//! Each entry point takes the [`DecisionContext`] (who, under which policy, when, and the jitter), changes the
//! health and the network's counts, and tells what raised. Nothing else is read or kept, so a caller
//! whose save fails starts again from what is stored.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    alerts::event::EventKind,
    chatbots::{chatbot::ChatbotType, name::Name},
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
        state::Health,
    },
    stamp::Stamp,
};

/// Who, under which policy, when, and the jitter.
#[derive(Clone, Copy, Debug)]
pub struct DecisionContext<'a> {
    /// The chatbot.
    pub name: &'a Name,
    /// Its type.
    pub kind: ChatbotType,
    /// Its policy.
    pub policy: &'a Policy,
    /// Whole milliseconds.
    pub now: Timestamp,
    /// In `[0, 1)`.
    pub jitter: f64,
}

/// A event, and whether anybody is told of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaisedEvent {
    /// The event.
    pub event: EventKind,
    /// Whether its audience gets a message.
    pub notify: bool,
}

/// What folding led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldResult {
    /// What became of the observations.
    pub summary: FoldSummary,
    /// Minutes that can no longer change, by their start in Unix minutes. They go into the history before
    /// the health is saved.
    pub closed: BTreeMap<i64, Minute>,
    /// What [`decide`] is to decide; most often nothing.
    pub finding: Finding,
}

/// Counts `batches` at `now`, and says what is to be decided. Needs nothing of the network, which is
/// most often not read at all.
pub fn fold(health: &mut Health, batches: &[Batch], policy: &Policy, now: Timestamp) -> FoldResult {
    let closed = health.minutes.take_closed();
    let summary = batches.iter().fold(FoldSummary::default(), |sum, batch| sum.plus(health.fold(batch, policy, now)));
    health.minutes.advance(now);
    watch(health, policy);
    let finding = news(health, policy, now);
    FoldResult { summary, closed, finding }
}

/// What is found and was not said before.
fn news(health: &mut Health, policy: &Policy, now: Timestamp) -> Finding {
    let finding = health.finding(policy, now);
    let outliers: &[_] = if let Finding::Outliers(outliers) = &finding { outliers } else { &[] };
    let mut new = Vec::new();
    for (observer, seen) in &mut health.observers {
        let is_one = outliers.contains(observer);
        if is_one && !seen.outlier {
            new.push(observer.clone());
        }
        seen.outlier = is_one;
    }
    match finding {
        Finding::Failing(_) if health.suppression == Some(Suppression::DryRun) && policy.dry_run => Finding::Fine,
        Finding::Failing(witnesses) => Finding::Failing(witnesses),
        Finding::Fine | Finding::Outliers(_) => {
            health.suppression = health.suppression.filter(|_| health.check.is_some());
            if new.is_empty() { Finding::Fine } else { Finding::Outliers(new) }
        }
    }
}

/// The next look for silence is at the first time that an observer can be silent. It is set once and
/// moved when the prober looks, not with every batch, so that folding does not write the index.
fn watch(health: &mut Health, policy: &Policy) {
    if !health.circuit.is_closed() {
        return;
    }
    if let Some(silence) = health.next_silence(policy)
        && health.next_silence_check.is_none_or(|Stamp(watch)| silence < watch)
    {
        health.next_silence_check = Some(Stamp(silence));
    }
}

/// Decides about what [`observe`] found: a failing chatbot is taken out of routing, where the cap allows
/// it; an observer that stands against the others is named, and the chatbot is probed.
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
        Finding::Failing(found) => {
            let witnesses = health.witnesses(found, context.policy, context.now);
            eject(context, health, network, Cause::Failing(witnesses))
        }
    }
}

/// Takes the chatbot out of routing, or says why not.
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
    raised.extend(changed(context, health, network, before));
    raised.extend(alert(context, health, EventKind::ChatbotOffline { chatbot, cause }));
    raised
}

/// Counts a change of standing, and ends the holding where it follows.
fn changed(
    context: &DecisionContext,
    health: &Health,
    network: &mut Network,
    before: RoutingState,
) -> Vec<RaisedEvent> {
    network.record_transition(context.kind, Some(before), Some(health.routing_state()));
    end_hold(network, context.kind, context.policy)
}

/// Ends the holding where enough have come back.
pub fn end_hold(network: &mut Network, kind: ChatbotType, policy: &Policy) -> Vec<RaisedEvent> {
    if network.end_hold(kind, &policy.cap) {
        vec![RaisedEvent { event: EventKind::CapReleased { kind }, notify: true }]
    } else {
        Vec::new()
    }
}

/// The `event` of a change of status, and what the owner is told of it.
fn alert(context: &DecisionContext, health: &mut Health, event: EventKind) -> Vec<RaisedEvent> {
    let notify = health.flapping.record_change(context.now);
    let mut raised = vec![RaisedEvent { event, notify: notify == Notify::Change }];
    if notify == Notify::Flapping {
        let (chatbot, status) = (context.name.clone(), health.routing_state().status());
        raised.push(RaisedEvent { event: EventKind::ChatbotFlapping { chatbot, status }, notify: true });
    }
    raised
}

/// What the prober does about a chatbot that is due: it holds a lease to probe, or there is nothing to
/// probe. Ends a manual control whose time has come, notices silence, and says when a chatbot that
/// flapped has settled.
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
        raised.extend(silence(context, health));
        claim_check(health, policy, now)
    } else {
        health.circuit.claim(health.next_lease, policy, now)
    };
    if lease.is_some() {
        health.next_lease += 1;
    }
    (lease, raised)
}

/// Notices who is silent: the chatbot is to be probed.
fn silence(context: &DecisionContext, health: &mut Health) -> Vec<RaisedEvent> {
    let DecisionContext { name, policy, now, .. } = *context;
    let mut raised = Vec::new();
    for (observer, seen) in &mut health.observers {
        let silent = seen.report_interval.silent_at(&policy.silence).is_some_and(|at| at <= now);
        if silent && !seen.silent {
            seen.silent = true;
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

/// Takes the result of the probe with the lease `id`.
pub fn record_probe(
    context: &DecisionContext,
    health: &mut Health,
    network: &mut Network,
    id: u64,
    success: bool,
) -> (ProbeOutcome, Vec<RaisedEvent>) {
    let DecisionContext { name, policy, now, jitter, .. } = *context;
    if health.control.is_some() {
        return (ProbeOutcome::Stale, Vec::new());
    }
    if health.circuit.is_closed() {
        return report_check(context, health, network, id, success);
    }
    let before = health.routing_state();
    let probed = health.circuit.record_probe(id, success, policy, now, jitter);
    let Circuit::Closed { relapses, .. } = health.circuit else { return (probed, Vec::new()) };
    // Only who was ejected recovers; who was enrolled or forced comes back as new.
    health.close(relapses.filter(|_| before == RoutingState::Ejected), now);
    watch(health, policy);
    let mut raised = changed(context, health, network, before);
    let event = EventKind::ChatbotOnline { chatbot: name.clone(), was: before.status() };
    raised.extend(alert(context, health, event));
    (probed, raised)
}

fn report_check(
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
    // Where it is held, it is looked at again.
    (check.due, check.lease) = (policy.next_probe(0, now, jitter), None);
    let reason = check.reason;
    let raised = eject(context, health, network, Cause::Unanswered(reason));
    (if health.circuit.is_closed() { ProbeOutcome::StaysClosed } else { ProbeOutcome::Opened }, raised)
}

/// Puts the chatbot under manual control. A change of status that follows is always notify: it is an
/// administrator's, not a chatbot that flaps.
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
        raised.extend(changed(context, health, network, before));
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

/// Ends manual control: the engine goes on from how things stand. A chatbot that was forced offline is
/// due for a probe at once, one that was forced online is watched as any other.
pub fn end_control(context: &DecisionContext, health: &mut Health) -> Vec<RaisedEvent> {
    if health.control.take().is_none() {
        return Vec::new();
    }
    watch(health, context.policy);
    vec![RaisedEvent { event: EventKind::ControlEnded { chatbot: context.name.clone() }, notify: false }]
}
