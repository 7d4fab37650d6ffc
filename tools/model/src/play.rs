//! Plays a history on the engine and on the model, and compares both after each step.

use std::{collections::BTreeMap, fmt::Debug};

use centops_domain::{chatbot::ChatbotType, event::Fact, health::Folded, name::Name};
use jiff::Timestamp;

use crate::{
    history::{History, Record, Said, Step},
    plain::Model,
    system::{Failure, System},
    view::{MinuteView, View, censuses},
};

/// Between two comparisons of everything so many steps compare only what they touched.
const ALL_EACH: usize = 16;

/// What was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Histories.
    pub histories: u64,
    /// Observations, each redelivery counted.
    pub observations: u64,
    /// Steps.
    pub steps: u64,
    /// What became of the observations.
    pub folded: Folded,
    /// Facts by their kind.
    pub facts: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.observations += other.observations;
        self.steps += other.steps;
        self.folded = self.folded.and(other.folded);
        for (kind, count) in &other.facts {
            *self.facts.entry(kind).or_default() += count;
        }
    }
}

/// Where the engine and the model part, or an invariant breaks.
#[derive(Debug, thiserror::Error)]
#[error("step {step}: {what}")]
pub struct Difference {
    step: usize,
    what: String,
}

/// The kinds of facts that the engine tells of.
pub const KINDS: [&str; 11] = [
    "cap-reached",
    "cap-released",
    "chatbot-flapping",
    "chatbot-offline",
    "chatbot-online",
    "chatbot-settled",
    "control-ended",
    "control-set",
    "observer-outlier",
    "observer-silent",
    "would-go-offline",
];

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::ChatbotOnline { .. } => "chatbot-online",
        Fact::ChatbotOffline { .. } => "chatbot-offline",
        Fact::ChatbotFlapping { .. } => "chatbot-flapping",
        Fact::ChatbotSettled { .. } => "chatbot-settled",
        Fact::WouldGoOffline { .. } => "would-go-offline",
        Fact::CapReached { .. } => "cap-reached",
        Fact::CapReleased { .. } => "cap-released",
        Fact::ObserverOutlier { .. } => "observer-outlier",
        Fact::ObserverSilent { .. } => "observer-silent",
        Fact::ControlSet { .. } => "control-set",
        Fact::ControlEnded { .. } => "control-ended",
        Fact::DmrSilent { .. } => "dmr-silent",
        Fact::ReleasePublished { .. } => "release-published",
        Fact::InvitationSent { .. }
        | Fact::InvitationWithdrawn { .. }
        | Fact::ApplicationSubmitted { .. }
        | Fact::ApplicationApproved { .. }
        | Fact::ApplicationRejected { .. } => "onboarding",
    }
}

/// Plays `history`.
///
/// # Errors
/// At the first difference.
pub fn play(history: &History) -> Result<Tally, Difference> {
    let (mut system, mut model) = (System::new(history.policies.clone()), Model::new(history.policies.clone()));
    let mut tally = Tally { histories: 1, observations: history.observations() as u64, ..Tally::default() };
    for (number, step) in history.steps.iter().enumerate() {
        let last = number + 1 == history.steps.len();
        let all = last || number % ALL_EACH == 0;
        let records = one(&mut system, &mut model, step, all).map_err(|what| Difference { step: number, what })?;
        tally.steps += 1;
        for record in &records {
            if let Said::Folded(folded) = record.said {
                tally.folded = tally.folded.and(folded);
            }
        }
        for happened in records.iter().flat_map(|record| &record.happened) {
            *tally.facts.entry(kind(&happened.fact)).or_default() += 1;
        }
    }
    Ok(tally)
}

/// Does one step on both.
fn one(system: &mut System, model: &mut Model, step: &Step, all: bool) -> Result<Vec<Record>, String> {
    let records = system.step(step).map_err(|failure| match failure {
        Failure::Broken(broken) => format!("an invariant is broken: {broken}"),
        Failure::Unreadable(unreadable) => unreadable.to_string(),
    })?;
    same("what happened", &records, &model.step(step))?;
    let mut touched: Vec<_> = records.iter().filter_map(|record| record.chatbot.clone()).collect();
    if all || records.iter().any(|record| record.chatbot.is_none() && record.said == Said::Done) {
        touched = system.store.chatbots().chain(model.chatbots.keys()).cloned().collect();
    }
    touched.sort_unstable();
    touched.dedup();
    for name in touched {
        chatbot(system, model, &name, step.now, all).map_err(|what| format!("{name}: {what}"))?;
    }
    let counted = [ChatbotType::Ministry, ChatbotType::Institution].map(|kind| model.census(kind));
    same("the network", &censuses(system.store.network()), &counted)?;
    Ok(records)
}

fn same<T: PartialEq + Debug>(what: &str, engine: &T, model: &T) -> Result<(), String> {
    if engine == model { Ok(()) } else { Err(format!("{what}:\n  engine: {engine:?}\n  model:  {model:?}")) }
}

fn chatbot(system: &System, model: &Model, name: &Name, now: Timestamp, minutes: bool) -> Result<(), String> {
    let (health, plain) = (system.store.health(name), model.chatbots.get(name));
    let Some((health, plain)) = health.zip(plain) else {
        return same("whether it is enrolled", &health.is_some(), &plain.is_some());
    };
    let policy = system.policies.of(name);
    let (engine, counted) = (View::of(health, policy, now), plain.view(policy, now));
    if engine != counted {
        return Err(parts(&engine, &counted));
    }
    if !minutes {
        return Ok(());
    }
    let stored = system.store.minutes(name, health);
    let counted = plain.minutes();
    same("its minutes", &stored.keys().collect::<Vec<_>>(), &counted.keys().collect())?;
    for ((minute, stored), (counted, measured)) in stored.iter().zip(counted.values()) {
        same(&format!("minute {minute}"), &MinuteView::from(stored), counted)?;
        for percent in [50, 95, 100] {
            latency(stored.latency_percentile(percent), measured, percent)
                .map_err(|what| format!("minute {minute}: {what}"))?;
        }
    }
    Ok(())
}

/// A stored percentile is that of the list, or at most a fifth above it; beyond the last bound it is that.
fn latency(told: Option<u32>, measured: &[u32], percent: u32) -> Result<(), String> {
    let rank = (measured.len() * percent as usize).div_ceil(100).max(1);
    let exact = measured.get(rank - 1).copied();
    let fits = match (told, exact) {
        (Some(told), Some(exact)) => told >= exact.min(600_000) && told <= (exact + exact / 5).max(exact + 1),
        (told, exact) => told == exact,
    };
    if fits { Ok(()) } else { Err(format!("{percent} % took {told:?} ms at most, and {exact:?} by the list")) }
}

/// The parts in which two views differ.
fn parts(engine: &View, model: &View) -> String {
    let pairs = [
        (
            "standing",
            format!("{:?}", (engine.enrolled, engine.standing)),
            format!("{:?}", (model.enrolled, model.standing)),
        ),
        ("cause", format!("{:?}", engine.cause), format!("{:?}", model.cause)),
        ("state", format!("{:?}", (engine.state, engine.since)), format!("{:?}", (model.state, model.since))),
        ("due", format!("{:?}", engine.due), format!("{:?}", model.due)),
        ("held", format!("{:?}", engine.held), format!("{:?}", model.held)),
        ("check", format!("{:?}", engine.check), format!("{:?}", model.check)),
        ("control", format!("{:?}", engine.control), format!("{:?}", model.control)),
        ("flapping", format!("{:?}", engine.flapping), format!("{:?}", model.flapping)),
        ("finding", format!("{:?}", engine.finding), format!("{:?}", model.finding)),
        ("totals", format!("{:?}", engine.totals), format!("{:?}", model.totals)),
        ("levels", format!("{:?}", engine.levels), format!("{:?}", model.levels)),
        ("observers", format!("{:#?}", engine.observers), format!("{:#?}", model.observers)),
    ];
    let differ = pairs.into_iter().filter(|(_, engine, model)| engine != model);
    let shown: Vec<_> =
        differ.map(|(part, engine, model)| format!("{part}:\n  engine: {engine}\n  model:  {model}")).collect();
    shown.join("\n")
}
