//! Generated incidents: faults that show in tokens, and the actions that people tried against them.

use std::collections::BTreeSet;

use centops_domain::{
    chatbots::Name,
    health::Detector,
    incidents::{Action, Attempt, CauseKind, Failure, Features, PastIncident, ReleaseAge, WitnessKind},
};
use fastrand::Rng;
use jiff::SignedDuration;

use super::network::{name, now};

/// The number of faults of a world.
const FAULTS: usize = 24;
/// The number of institutions.
const INSTITUTIONS: usize = 30;
/// The number of log templates.
const TEMPLATES: usize = 40;
/// The share of incidents whose features say nothing, in per cent.
const NOISE_PERCENT: u8 = 10;
/// The kinds of causes. Most incidents have the first one, because observers usually agree.
const KINDS: [CauseKind; 5] =
    [CauseKind::Failing, CauseKind::Silence, CauseKind::Disagreement, CauseKind::OwnLog, CauseKind::OneHost];
/// The actions that may help. The first ones are right for more faults.
const ACTIONS: [Action; 9] = [
    Action::Restarted,
    Action::RolledBack,
    Action::Configuration,
    Action::Host,
    Action::Updated,
    Action::Dmr,
    Action::Certificate,
    Action::Dns,
    Action::Other,
];

/// The generated incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// A fault shows in most features, and one action is right for it.
    Signal,
    /// A fault shows in half of the features, and one action is right for it.
    Faint,
    /// A fault shows in most features, and the right action does not depend on it.
    NoSignal,
}

impl World {
    /// Returns the share of features that are as the fault has them, in per cent.
    fn faithful_percent(self) -> u8 {
        match self {
            Self::Signal | Self::NoSignal => 80,
            Self::Faint => 50,
        }
    }
}

/// A generated incident.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The institution of the chatbot.
    pub institution: Name,
    /// The incident, as it is stored when it is resolved.
    pub incident: PastIncident<u32>,
    /// The action that is right for it; [`Action::None`] if it ends by itself.
    pub right: Action,
}

/// A fault.
#[derive(Clone, Debug)]
struct Fault {
    features: Features,
    right: Action,
    /// The number of the first incident of this fault: some appear later than others.
    from: usize,
    /// The relative frequency.
    weight: u32,
}

/// Returns `count` incidents in the order of their time.
#[must_use]
pub fn incidents(seed: u64, count: usize, world: World) -> Vec<Generated> {
    let mut rng = Rng::with_seed(seed);
    let faults: Vec<_> = (0..FAULTS).map(|number| fault(&mut rng, number, count)).collect();
    let habits: Vec<_> = (0..INSTITUTIONS).map(|_| pick(&mut rng, &ACTIONS)).collect();
    (0_u32..)
        .zip(0..count)
        .filter_map(|(id, number)| {
            let fault = occurring(&mut rng, &faults, number)?;
            let right = if world == World::NoSignal { any_right(&mut rng) } else { fault.right };
            let place = rng.usize(..INSTITUTIONS);
            let habit = habits.get(place).copied().unwrap_or(Action::Restarted);
            let features = observed(&mut rng, &fault.features, world.faithful_percent());
            let (attempts, minutes) = handled(&mut rng, right, habit);
            let incident = PastIncident {
                id,
                cause: features.cause,
                tokens: features.tokens(),
                attempts,
                resolved_at: now() + SignedDuration::from_mins(i64::from(id) * 60 + minutes),
                lasted: SignedDuration::from_mins(minutes),
            };
            Some(Generated { institution: name("institution", place), incident, right })
        })
        .collect()
}

/// Returns one of a constant list, which is not empty.
fn pick<T: Copy, const N: usize>(rng: &mut Rng, all: &[T; N]) -> T {
    all[rng.usize(..N)]
}

/// Returns an action that is right for a fault: in one of seven cases it ends by itself.
fn any_right(rng: &mut Rng) -> Action {
    if rng.u8(0..7) == 0 {
        return Action::None;
    }
    ACTIONS[rng.usize(..ACTIONS.len()).min(rng.usize(..ACTIONS.len()))]
}

fn fault(rng: &mut Rng, number: usize, count: usize) -> Fault {
    let mut features = Features::new(any_kind(rng));
    features.detectors.insert(pick(rng, &[Detector::FailureRate, Detector::SlowRate, Detector::Fast]));
    features.witnesses.insert(any_witness(rng));
    features.failures.extend((0..rng.u8(1..=2)).map(|_| any_failure(rng)));
    features.changed.extend((rng.u8(0..3) == 0).then(|| any_component(rng)));
    features.is_host_shared = rng.bool();
    features.templates = (0..rng.u8(1..=3)).map(|_| any_template(rng)).collect();
    features.release = Some(any_release(rng));
    let from = if number.is_multiple_of(2) { 0 } else { rng.usize(..=count / 2) };
    Fault { features, right: any_right(rng), from, weight: 1 + rng.u32(0..6) }
}

fn any_kind(rng: &mut Rng) -> CauseKind {
    if rng.u8(0..10) < 5 { CauseKind::Failing } else { pick(rng, &KINDS) }
}

fn any_witness(rng: &mut Rng) -> WitnessKind {
    pick(rng, &[WitnessKind::OneDmr, WitnessKind::SeveralDmrs, WitnessKind::OwnLog])
}

fn any_failure(rng: &mut Rng) -> Failure {
    pick(rng, &[Failure::ServerError, Failure::Timeout, Failure::Refused, Failure::Slow, Failure::Logged])
}

fn any_component(rng: &mut Rng) -> Name {
    name("component", rng.usize(..5))
}

fn any_template(rng: &mut Rng) -> String {
    format!("template {}", rng.usize(..TEMPLATES))
}

fn any_release(rng: &mut Rng) -> ReleaseAge {
    pick(rng, &[ReleaseAge::Day, ReleaseAge::Week, ReleaseAge::Older])
}

/// Returns a fault that occurs at the incident with this number.
fn occurring<'f>(rng: &mut Rng, faults: &'f [Fault], number: usize) -> Option<&'f Fault> {
    let present = || faults.iter().filter(|fault| fault.from <= number);
    let mut place = rng.u32(..present().map(|fault| fault.weight).sum::<u32>().max(1));
    present().find(|fault| {
        let is_here = place < fault.weight;
        place = place.saturating_sub(fault.weight);
        is_here
    })
}

/// Returns the features that an incident shows.
fn observed(rng: &mut Rng, fault: &Features, faithful_percent: u8) -> Features {
    let is_noise = rng.u8(0..100) < NOISE_PERCENT;
    let is_faithful = |rng: &mut Rng| !is_noise && rng.u8(0..100) < faithful_percent;
    let mut seen = Features::new(if is_faithful(rng) { fault.cause } else { any_kind(rng) });
    seen.detectors = if is_faithful(rng) {
        fault.detectors.clone()
    } else {
        BTreeSet::from([pick(rng, &[Detector::FailureRate, Detector::SlowRate, Detector::Fast])])
    };
    seen.witnesses = if is_faithful(rng) { fault.witnesses.clone() } else { BTreeSet::from([any_witness(rng)]) };
    seen.failures = if is_faithful(rng) { fault.failures.clone() } else { BTreeSet::from([any_failure(rng)]) };
    seen.changed = if is_faithful(rng) {
        fault.changed.clone()
    } else {
        (rng.u8(0..4) == 0).then(|| any_component(rng)).into_iter().collect()
    };
    seen.is_host_shared = if is_faithful(rng) { fault.is_host_shared } else { rng.bool() };
    let template = |template: &String| if is_faithful(rng) { template.clone() } else { any_template(rng) };
    seen.templates = fault.templates.iter().map(template).collect();
    seen.release = if is_faithful(rng) { fault.release } else { Some(any_release(rng)) };
    seen
}

/// Returns what people tried, and the minutes that the incident lasted. Half of the first tries are right; others are
/// a habit of the institution or any action. A right one helps in 85 %, a wrong one seems to help in 10 %, and one of
/// twenty is recorded as another.
fn handled(rng: &mut Rng, right: Action, habit: Action) -> (Vec<Attempt>, i64) {
    if right == Action::None && rng.u8(0..100) < 70 {
        return (Vec::new(), rng.i64(1..30));
    }
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let action = match rng.u8(0..100) {
            0..50 if right != Action::None => right,
            0..75 => habit,
            _ => pick(rng, &ACTIONS),
        };
        let helped = rng.u8(0..100) < if action == right { 85 } else { 10 };
        let recorded = if rng.u8(0..20) == 0 { pick(rng, &ACTIONS) } else { action };
        attempts.push(Attempt { action: recorded, helped });
        if helped {
            break;
        }
    }
    (attempts, rng.i64(5..240))
}
