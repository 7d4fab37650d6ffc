//! The health engine: what follows from what was seen, from probes, from time, and from administrators.
//!
//! Each entry point takes the [`Scene`] (who, under which policy, when, and the dice), changes the
//! health and the network's counts, and tells what happened. Nothing else is read or kept, so a caller
//! whose save fails starts again from what is stored.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    alerts::Tell,
    chatbot::ChatbotType,
    circuit::{Circuit, Lease, Probed},
    control::{Control, Mode},
    detector::Finding,
    event::Fact,
    health::{Batch, Cause, Check, Doubt, Folded, Health, Held},
    history::Minute,
    name::Name,
    network::{Network, Standing},
    policy::Policy,
    stamp::Stamp,
};

/// Who, under which policy, when, and the dice.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The chatbot.
    pub name: &'a Name,
    /// Its type.
    pub kind: ChatbotType,
    /// Its policy.
    pub policy: &'a Policy,
    /// Whole milliseconds.
    pub now: Timestamp,
    /// In `[0, 1)`.
    pub dice: f64,
}

/// A fact, and whether anybody is told of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The fact.
    pub fact: Fact,
    /// Whether its audience gets a message.
    pub told: bool,
}

/// What folding led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What became of the observations.
    pub folded: Folded,
    /// Minutes that can no longer change, by their start in Unix minutes. They go into the history before
    /// the health is saved.
    pub closed: BTreeMap<i64, Minute>,
    /// What [`decide`] is to decide; most often nothing.
    pub finding: Finding,
}

/// Counts `batches` at `now`, and says what is to be decided. Needs nothing of the network, which is
/// most often not read at all.
pub fn observe(health: &mut Health, batches: &[Batch], policy: &Policy, now: Timestamp) -> Observed {
    let closed = health.minutes.take_closed();
    let folded = batches.iter().fold(Folded::default(), |sum, batch| sum.and(health.fold(batch, policy, now)));
    health.minutes.advance(now);
    watch(health, policy);
    let finding = news(health, policy, now);
    Observed { folded, closed, finding }
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
        Finding::Failing(_) if health.held == Some(Held::DryRun) && policy.dry_run => Finding::Fine,
        Finding::Failing(witnesses) => Finding::Failing(witnesses),
        Finding::Fine | Finding::Outliers(_) => {
            health.held = health.held.filter(|_| health.check.is_some());
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
        && health.watch.is_none_or(|Stamp(watch)| silence < watch)
    {
        health.watch = Some(Stamp(silence));
    }
}

/// Decides about what [`observe`] found: a failing chatbot is taken out of routing, where the cap allows
/// it; an observer that stands against the others is named, and the chatbot is probed.
pub fn decide(scene: &Scene, health: &mut Health, network: &mut Network, finding: Finding) -> Vec<Happened> {
    match finding {
        Finding::Fine => Vec::new(),
        Finding::Outliers(observers) => {
            health.check.get_or_insert(Check { doubt: Doubt::Disagreement, due: scene.now, lease: None });
            let fact = |observer| Fact::ObserverOutlier { chatbot: scene.name.clone(), observer };
            observers.into_iter().map(|observer| Happened { fact: fact(observer), told: true }).collect()
        }
        Finding::Failing(found) => {
            let witnesses = health.witnesses(found, scene.policy, scene.now);
            eject(scene, health, network, Cause::Failing(witnesses))
        }
    }
}

/// Takes the chatbot out of routing, or says why not.
fn eject(scene: &Scene, health: &mut Health, network: &mut Network, cause: Cause) -> Vec<Happened> {
    let Scene { name, kind, policy, now, dice } = *scene;
    let chatbot = name.clone();
    if policy.dry_run {
        let first = health.held.replace(Held::DryRun) != Some(Held::DryRun);
        let fact = Fact::WouldGoOffline { chatbot, cause };
        return if first { vec![Happened { fact, told: true }] } else { Vec::new() };
    }
    let mut happened = resume(network, kind, policy);
    if !network.permits(kind, &policy.cap) {
        health.held = Some(Held::Cap);
        if network.hold(kind, now) {
            happened.push(Happened { fact: Fact::CapReached { kind, chatbot, cause }, told: true });
        }
        return happened;
    }
    let relapses = health.circuit.relapses_at(policy, now);
    let before = health.standing();
    health.open(Circuit::open(relapses, policy, now, dice), cause.clone());
    happened.extend(changed(scene, health, network, before));
    happened.extend(alert(scene, health, Fact::ChatbotOffline { chatbot, cause }));
    happened
}

/// Counts a change of standing, and ends the holding where it follows.
fn changed(scene: &Scene, health: &Health, network: &mut Network, before: Standing) -> Vec<Happened> {
    network.moved(scene.kind, Some(before), Some(health.standing()));
    resume(network, scene.kind, scene.policy)
}

/// Ends the holding where enough have come back.
pub fn resume(network: &mut Network, kind: ChatbotType, policy: &Policy) -> Vec<Happened> {
    if network.resume(kind, &policy.cap) {
        vec![Happened { fact: Fact::CapReleased { kind }, told: true }]
    } else {
        Vec::new()
    }
}

/// The `fact` of a change of status, and what the owner is told of it.
fn alert(scene: &Scene, health: &mut Health, fact: Fact) -> Vec<Happened> {
    let tell = health.alerts.change(scene.now);
    let mut happened = vec![Happened { fact, told: tell == Tell::Change }];
    if tell == Tell::Flapping {
        let (chatbot, status) = (scene.name.clone(), health.standing().status());
        happened.push(Happened { fact: Fact::ChatbotFlapping { chatbot, status }, told: true });
    }
    happened
}

/// What the prober does about a chatbot that is due: it holds a lease to probe, or there is nothing to
/// probe. Ends a manual control whose time has come, notices silence, and says when a chatbot that
/// flapped has settled.
pub fn look(scene: &Scene, health: &mut Health) -> (Option<Lease>, Vec<Happened>) {
    let Scene { name, policy, now, .. } = *scene;
    let mut happened = Vec::new();
    if health.control.as_ref().is_some_and(|control| control.has_ended(now)) {
        happened.extend(release(scene, health));
    }
    if health.control.is_some() {
        return (None, happened);
    }
    if health.alerts.settle(health.circuit.since(), now) {
        let status = health.standing().status();
        happened.push(Happened { fact: Fact::ChatbotSettled { chatbot: name.clone(), status }, told: true });
    }
    let lease = if health.circuit.is_closed() {
        happened.extend(silence(scene, health));
        claim_check(health, policy, now)
    } else {
        health.circuit.claim(health.next_lease, policy, now)
    };
    if lease.is_some() {
        health.next_lease += 1;
    }
    (lease, happened)
}

/// Notices who is silent: the chatbot is to be probed.
fn silence(scene: &Scene, health: &mut Health) -> Vec<Happened> {
    let Scene { name, policy, now, .. } = *scene;
    let mut happened = Vec::new();
    for (observer, seen) in &mut health.observers {
        let silent = seen.rhythm.silent_at(&policy.silence).is_some_and(|at| at <= now);
        if silent && !seen.silent {
            seen.silent = true;
            let fact = Fact::ObserverSilent { chatbot: name.clone(), observer: observer.clone() };
            happened.push(Happened { fact, told: false });
        }
    }
    if !happened.is_empty() {
        health.check.get_or_insert(Check { doubt: Doubt::Silence, due: now, lease: None });
    }
    health.watch = health.next_silence(policy).map(Stamp);
    happened
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
pub fn report(
    scene: &Scene,
    health: &mut Health,
    network: &mut Network,
    id: u64,
    success: bool,
) -> (Probed, Vec<Happened>) {
    let Scene { name, policy, now, dice, .. } = *scene;
    if health.control.is_some() {
        return (Probed::Stale, Vec::new());
    }
    if health.circuit.is_closed() {
        return report_check(scene, health, network, id, success);
    }
    let before = health.standing();
    let probed = health.circuit.probed(id, success, policy, now, dice);
    let Circuit::Closed { relapses, .. } = health.circuit else { return (probed, Vec::new()) };
    // Only who was ejected recovers; who was enrolled or forced comes back as new.
    health.close(relapses.filter(|_| before == Standing::Ejected), now);
    watch(health, policy);
    let mut happened = changed(scene, health, network, before);
    let fact = Fact::ChatbotOnline { chatbot: name.clone(), was: before.status() };
    happened.extend(alert(scene, health, fact));
    (probed, happened)
}

fn report_check(
    scene: &Scene,
    health: &mut Health,
    network: &mut Network,
    id: u64,
    success: bool,
) -> (Probed, Vec<Happened>) {
    let Scene { policy, now, dice, .. } = *scene;
    let live = |check: &&mut Check| check.lease.is_some_and(|lease| lease.id == id && lease.holds(now));
    let Some(check) = health.check.as_mut().filter(live) else { return (Probed::Stale, Vec::new()) };
    if success {
        (health.check, health.held) = (None, None);
        return (Probed::StaysClosed, Vec::new());
    }
    // Where it is held, it is looked at again.
    (check.due, check.lease) = (policy.next_probe(0, now, dice), None);
    let doubt = check.doubt;
    let happened = eject(scene, health, network, Cause::Unanswered(doubt));
    (if health.circuit.is_closed() { Probed::StaysClosed } else { Probed::Opened }, happened)
}

/// Puts the chatbot under manual control. A change of status that follows is always told: it is an
/// administrator's, not a chatbot that flaps.
pub fn control(scene: &Scene, health: &mut Health, network: &mut Network, control: Control) -> Vec<Happened> {
    let Scene { name, now, .. } = *scene;
    let (before, chatbot) = (health.standing(), name.clone());
    match control.mode {
        Mode::Hold => {}
        Mode::ForceOnline if health.circuit.is_closed() => {}
        Mode::ForceOnline => health.close(None, now),
        Mode::ForceOffline => {
            health.open(Circuit::due_at_once(now), Cause::Forced(control.reason.to_string()));
        }
    }
    health.control = Some(control.clone());
    let fact = Fact::ControlSet { chatbot: chatbot.clone(), control };
    let mut happened = vec![Happened { fact, told: false }];
    let after = health.standing();
    if before != after {
        happened.extend(changed(scene, health, network, before));
    }
    if before.status() != after.status() {
        let fact = match &health.cause {
            None => Fact::ChatbotOnline { chatbot, was: before.status() },
            Some(cause) => Fact::ChatbotOffline { chatbot, cause: cause.clone() },
        };
        happened.push(Happened { fact, told: true });
    }
    happened
}

/// Ends manual control: the engine goes on from how things stand. A chatbot that was forced offline is
/// due for a probe at once, one that was forced online is watched as any other.
pub fn release(scene: &Scene, health: &mut Health) -> Vec<Happened> {
    if health.control.take().is_none() {
        return Vec::new();
    }
    watch(health, scene.policy);
    vec![Happened { fact: Fact::ControlEnded { chatbot: scene.name.clone() }, told: false }]
}
