//! Differential test: runs a history on the engine and on the model, and compares both after each step.

use std::{collections::BTreeMap, fmt::Debug};

use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Name},
    health::FoldSummary,
};
use jiff::Timestamp;

use crate::{
    history::{History, Outcome, Record, Step},
    reference::Model,
    system::{Failure, System},
    view::{MinuteView, View, state_counts},
};

/// The number of steps from one full comparison to the next. In between only the touched chatbots are compared.
const FULL_COMPARISON_INTERVAL: usize = 16;

/// Statistics of the compared histories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The number of histories.
    pub histories: u64,
    /// The number of observations, with redeliveries.
    pub observations: u64,
    /// The number of steps.
    pub steps: u64,
    /// The outcome of folding.
    pub folded: FoldSummary,
    /// The number of events by kind.
    pub events: BTreeMap<&'static str, u64>,
}

impl Statistics {
    /// Adds `other`.
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.observations += other.observations;
        self.steps += other.steps;
        self.folded = self.folded.plus(other.folded);
        for (kind, count) in &other.events {
            *self.events.entry(kind).or_default() += count;
        }
    }
}

/// A difference between the engine and the model, or a violated invariant.
#[derive(Debug, thiserror::Error)]
#[error("step {step}: {what}")]
pub struct Difference {
    step: usize,
    what: String,
}

/// The kinds of events that the engine raises.
pub const KINDS: [&str; 12] = [
    "cap-reached",
    "cap-released",
    "chatbot-flapping",
    "chatbot-moved",
    "chatbot-offline",
    "chatbot-online",
    "chatbot-settled",
    "control-ended",
    "control-set",
    "observer-outlier",
    "observer-silent",
    "would-go-offline",
];

fn kind(event: &EventKind) -> &'static str {
    match event {
        EventKind::ChatbotOnline { .. } => "chatbot-online",
        EventKind::ChatbotOffline { .. } => "chatbot-offline",
        EventKind::ChatbotFlapping { .. } => "chatbot-flapping",
        EventKind::ChatbotSettled { .. } => "chatbot-settled",
        EventKind::ChatbotMoved { .. } => "chatbot-moved",
        EventKind::ChatbotTransferred { .. } => "chatbot-transferred",
        EventKind::ChatbotRemoved { .. } => "chatbot-removed",
        EventKind::NetworkIncidentOpened { .. } => "network-incident-opened",
        EventKind::NetworkIncidentResolved { .. } => "network-incident-resolved",
        EventKind::WouldGoOffline { .. } => "would-go-offline",
        EventKind::CapReached { .. } => "cap-reached",
        EventKind::CapReleased { .. } => "cap-released",
        EventKind::ObserverOutlier { .. } => "observer-outlier",
        EventKind::ObserverSilent { .. } => "observer-silent",
        EventKind::ControlSet { .. } => "control-set",
        EventKind::ControlEnded { .. } => "control-ended",
        EventKind::DmrSilent { .. } => "dmr-silent",
        EventKind::CertificateExpiring { .. } => "certificate-expiring",
        EventKind::ReleasePublished { .. } => "release-published",
        EventKind::ReleaseWithdrawn { .. } => "release-withdrawn",
        EventKind::InvitationSent { .. }
        | EventKind::InvitationWithdrawn { .. }
        | EventKind::ApplicationSubmitted { .. }
        | EventKind::ApplicationApproved { .. }
        | EventKind::ApplicationRejected { .. } => "onboarding",
        EventKind::PlannedOutage { .. } => "planned-outage",
        EventKind::AcknowledgementLapsed { .. } => "acknowledgement-lapsed",
    }
}

/// Runs `history` on both.
///
/// # Errors
/// The first difference.
pub fn compare(history: &History) -> Result<Statistics, Difference> {
    let (mut system, mut model) = (System::new(history.policies.clone()), Model::new(history.policies.clone()));
    let mut statistics =
        Statistics { histories: 1, observations: history.observations() as u64, ..Statistics::default() };
    for (number, step) in history.steps.iter().enumerate() {
        let last = number + 1 == history.steps.len();
        let all = last || number % FULL_COMPARISON_INTERVAL == 0;
        let records =
            compare_step(&mut system, &mut model, step, all).map_err(|what| Difference { step: number, what })?;
        statistics.steps += 1;
        for record in &records {
            if let Outcome::Folded(folded) = record.outcome {
                statistics.folded = statistics.folded.plus(folded);
            }
        }
        for raised in records.iter().flat_map(|record| &record.raised) {
            *statistics.events.entry(kind(&raised.event)).or_default() += 1;
        }
    }
    Ok(statistics)
}

/// Performs one step on both.
fn compare_step(system: &mut System, model: &mut Model, step: &Step, all: bool) -> Result<Vec<Record>, String> {
    let records = system.step(step).map_err(|failure| match failure {
        Failure::Violation(violation) => format!("an invariant is violation: {violation}"),
        Failure::StoredFormError(error) => error.to_string(),
    })?;
    check_equal("what raised", &records, &model.step(step))?;
    let mut touched: Vec<_> = records.iter().filter_map(|record| record.chatbot.clone()).collect();
    if all || records.iter().any(|record| record.chatbot.is_none() && record.outcome == Outcome::Done) {
        touched = system.store.chatbots().chain(model.chatbots.keys()).cloned().collect();
    }
    touched.sort_unstable();
    touched.dedup();
    for name in touched {
        chatbot(system, model, &name, step.now, all).map_err(|what| format!("{name}: {what}"))?;
    }
    let counted = [ChatbotType::Ministry, ChatbotType::Institution].map(|kind| model.state_counts(kind));
    check_equal("the network", &state_counts(system.store.network()), &counted)?;
    Ok(records)
}

fn check_equal<T: PartialEq + Debug>(what: &str, engine: &T, model: &T) -> Result<(), String> {
    if engine == model { Ok(()) } else { Err(format!("{what}:\n  engine: {engine:?}\n  model:  {model:?}")) }
}

fn chatbot(system: &System, model: &Model, name: &Name, now: Timestamp, minutes: bool) -> Result<(), String> {
    let (health, plain) = (system.store.health(name), model.chatbots.get(name));
    let stored = health.zip(system.store.address(name));
    let Some(((health, address), plain)) = stored.zip(plain) else {
        return check_equal("whether it is enrolled", &health.is_some(), &plain.is_some());
    };
    let policy = system.policies.for_chatbot(name);
    let (engine, counted) = (View::new(health, address, policy, now), plain.view(policy, now));
    if engine != counted {
        return Err(differing_parts(&engine, &counted));
    }
    if !minutes {
        return Ok(());
    }
    let stored = system.store.minutes(name, health);
    let counted = plain.minutes();
    check_equal("its minutes", &stored.keys().collect::<Vec<_>>(), &counted.keys().collect())?;
    for ((minute, stored), (counted, measured)) in stored.iter().zip(counted.values()) {
        check_equal(&format!("minute {minute}"), &MinuteView::from(stored), counted)?;
        for percent in [50, 95, 100] {
            latency(stored.latency_percentile(percent), measured, percent)
                .map_err(|what| format!("minute {minute}: {what}"))?;
        }
    }
    Ok(())
}

/// Checks a stored percentile: it equals the exact one or is at most a fifth above; the last class is unbounded.
fn latency(estimate: Option<u32>, measured: &[u32], percent: u32) -> Result<(), String> {
    let rank = (measured.len() * percent as usize).div_ceil(100).max(1);
    let exact = measured.get(rank - 1).copied();
    let fits = match (estimate, exact) {
        (Some(estimate), Some(exact)) => {
            estimate >= exact.min(600_000) && estimate <= (exact + exact / 5).max(exact + 1)
        }
        (estimate, exact) => estimate == exact,
    };
    if fits { Ok(()) } else { Err(format!("{percent} % took {estimate:?} ms at most, and {exact:?} by the list")) }
}

/// Returns the differing parts of two views.
fn differing_parts(engine: &View, model: &View) -> String {
    let pairs = [
        (
            "routing_state",
            format!("{:?}", (engine.enrolled, engine.routing_state)),
            format!("{:?}", (model.enrolled, model.routing_state)),
        ),
        ("cause", format!("{:?}", engine.cause), format!("{:?}", model.cause)),
        ("state", format!("{:?}", (engine.state, engine.since)), format!("{:?}", (model.state, model.since))),
        ("due", format!("{:?}", (engine.due, engine.quiet_until)), format!("{:?}", (model.due, model.quiet_until))),
        (
            "address",
            format!("{:?}", (&engine.address, &engine.pending)),
            format!("{:?}", (&model.address, &model.pending)),
        ),
        ("suppression", format!("{:?}", engine.suppression), format!("{:?}", model.suppression)),
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
