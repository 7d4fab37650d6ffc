//! Runs a history on the engine, as the store does: load, decide, and save by compare-and-set.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{ChatbotUri, Name},
    health::{
        AddressChange, Batch, Control, ControlMode, DecisionContext, Finding, FoldResult, Health, Lease, Minute,
        NewControl, RaisedEvent, RoutingState, engine,
    },
    stamp,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    history::{Action, Fault, Outcome, Policies, Record, Step, by_chatbot},
    invariants::{Before, Invariants, Saved, Violation},
    store::{Loaded, Store, StoredFormError},
};

/// The engine with its store and its clients.
#[derive(Debug)]
pub struct System {
    /// The store.
    pub store: Store,
    /// The current policies.
    pub policies: Policies,
    leases: BTreeMap<Name, Vec<Lease>>,
    invariants: Invariants,
}

/// The reason why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An invariant is violated.
    #[error(transparent)]
    Violation(#[from] Violation),
    /// The stored form cannot be written or read.
    #[error(transparent)]
    StoredFormError(#[from] StoredFormError),
}

/// The result of a change of the loaded state.
struct TransactionResult {
    outcome: Outcome,
    raised: Vec<RaisedEvent>,
    /// The minutes to write to the history before the save.
    closed: BTreeMap<i64, Minute>,
    /// True if the state is saved.
    save: bool,
    /// True if the save compares the version of the network, too.
    network: bool,
}

impl TransactionResult {
    fn alone((outcome, raised): (Outcome, Vec<RaisedEvent>)) -> Self {
        Self { outcome, raised, closed: BTreeMap::new(), save: true, network: false }
    }

    fn with_network((outcome, raised): (Outcome, Vec<RaisedEvent>)) -> Self {
        Self { network: true, ..Self::alone((outcome, raised)) }
    }
}

/// The time and the random number of a decision.
#[derive(Clone, Copy)]
struct Moment {
    now: Timestamp,
    jitter: f64,
}

/// Returns the control of an action.
#[must_use]
pub fn control(mode: ControlMode, seconds: Option<i64>, now: Timestamp) -> Option<Control> {
    let until = seconds.map(|seconds| now + SignedDuration::from_secs(seconds));
    let reason = "by hand".to_owned().try_into().ok()?;
    Some(Control::new(NewControl { mode, reason, until }, "operator".into(), now))
}

/// Returns the address of each chatbot at its enrolment.
///
/// # Panics
/// Never: the address is a constant.
#[must_use]
#[expect(clippy::expect_used, reason = "a constant")]
pub fn first_address() -> ChatbotUri {
    "https://first.example.ee/".parse().expect("an address")
}

/// Changes the address of the loaded chatbot, as the store does.
fn change_address(context: &DecisionContext, loaded: &mut Loaded, uri: &ChatbotUri) -> TransactionResult {
    let change = engine::change_address(&mut loaded.health, &loaded.uri, uri, context.policy, context.now);
    if change == AddressChange::AtOnce {
        loaded.uri = uri.clone();
    }
    TransactionResult::alone((Outcome::Relocated(change), Vec::new()))
}

impl System {
    /// Returns a system without chatbots.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self { store: Store::default(), policies, leases: BTreeMap::new(), invariants: Invariants::default() }
    }

    /// Performs one step. The records are in the order of the saves.
    ///
    /// # Errors
    /// The failure of the step.
    pub fn step(&mut self, step: &Step) -> Result<Vec<Record>, Failure> {
        let moment = Moment { now: step.now, jitter: step.jitter };
        let mut records = Vec::new();
        match &step.fault {
            Fault::ConcurrentWrite(concurrent) => {
                self.act(moment, &step.action, usize::MAX, Some(concurrent), &mut records)?;
            }
            Fault::None => self.act(moment, &step.action, usize::MAX, None, &mut records)?,
            Fault::ResponseLost => {
                self.act(moment, &step.action, usize::MAX, None, &mut records)?;
                self.act(moment, &step.action, usize::MAX, None, &mut records)?;
            }
            Fault::CrashAfter(after) => {
                self.act(moment, &step.action, *after, None, &mut records)?;
                self.act(moment, &step.action, usize::MAX, None, &mut records)?;
            }
        }
        Ok(records)
    }

    /// Performs `action` for the first `most` chatbots concerned.
    fn act(
        &mut self,
        moment: Moment,
        action: &Action,
        most: usize,
        mut concurrent: Option<&Action>,
        records: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        match action {
            Action::Deliver(messages) => {
                for (chatbot, batches) in by_chatbot(messages).into_iter().take(most) {
                    self.fold(moment, &chatbot, &batches, concurrent.take(), records)?;
                }
                return Ok(());
            }
            Action::EvaluateDue { chatbot } => return self.evaluate_due(moment, chatbot, concurrent, records),
            Action::ReportProbe { chatbot, back, success } => {
                let granted = self.leases.get(chatbot).map(Vec::as_slice).unwrap_or_default();
                let id = granted.iter().rev().nth(*back).map_or(u64::MAX, |lease| lease.id);
                let change = |context: &DecisionContext, Loaded { health, network, uri, .. }: &mut Loaded| {
                    let pending = health.relocation().map(|relocation| relocation.uri().clone());
                    let (probed, raised) = engine::record_probe(context, health, network, id, *success);
                    // As the store does: a decision drops the pending address only if it becomes the address.
                    *uri = pending.filter(|_| health.relocation().is_none()).unwrap_or_else(|| uri.clone());
                    TransactionResult::with_network((Outcome::Probed(probed), raised))
                };
                return self.transact(moment, chatbot, concurrent, records, change);
            }
            Action::SetControl { chatbot, mode, seconds } => {
                let Some(control) = control(*mode, *seconds, moment.now) else { return Ok(()) };
                let change = |context: &DecisionContext, Loaded { health, network, .. }: &mut Loaded| {
                    let raised = engine::set_control(context, health, network, control.clone());
                    TransactionResult::with_network((Outcome::Done, raised))
                };
                return self.transact(moment, chatbot, concurrent, records, change);
            }
            Action::ChangeAddress { chatbot, uri } => {
                return self.transact(moment, chatbot, concurrent, records, |context, loaded| {
                    change_address(context, loaded, uri)
                });
            }
            Action::EndControl { chatbot } => {
                return self.transact(moment, chatbot, concurrent, records, |context, loaded| {
                    TransactionResult::alone((Outcome::Done, engine::end_control(context, &mut loaded.health)))
                });
            }
            Action::Policies(policies) => {
                self.policies = policies.as_ref().clone();
                records.push(Record { chatbot: None, outcome: Outcome::Done, raised: Vec::new() });
            }
            Action::Enrol { .. } | Action::Delete { .. } => records.push(self.enrol_or_delete(moment.now, action)?),
        }
        if let Some(concurrent) = concurrent.take() {
            self.act(moment, concurrent, usize::MAX, None, records)?;
        }
        Ok(())
    }

    fn evaluate_due(
        &mut self,
        moment: Moment,
        chatbot: &Name,
        concurrent: Option<&Action>,
        records: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        self.transact(moment, chatbot, concurrent, records, |context, loaded| {
            let (lease, raised) = engine::evaluate_due(context, &mut loaded.health);
            TransactionResult::alone((Outcome::Leased(lease), raised))
        })?;
        if let Some(Record { outcome: Outcome::Leased(Some(lease)), .. }) = records.last() {
            self.leases.entry(chatbot.clone()).or_default().push(*lease);
        }
        Ok(())
    }

    fn enrol_or_delete(&mut self, now: Timestamp, action: &Action) -> Result<Record, Failure> {
        let mut network = self.store.network().clone();
        let (mut outcome, mut raised) = (Outcome::Refused, Vec::new());
        let mut of = None;
        if let Action::Enrol { chatbot, kind } = action {
            network.record_transition(*kind, None, Some(RoutingState::Unknown));
            let new = (*kind, first_address());
            if self.store.enrol(chatbot, new, &Health::new(stamp::milliseconds(now)), &network)? {
                outcome = Outcome::Done;
            }
            of = Some(chatbot.clone());
        } else if let Action::Delete { chatbot } = action {
            if let Some(Loaded { kind, health, .. }) = self.store.load(chatbot) {
                network.record_transition(kind, Some(health.routing_state()), None);
                raised = engine::end_hold(&mut network, kind, self.policies.for_chatbot(chatbot));
                self.store.delete(chatbot, &network)?;
                outcome = Outcome::Done;
            }
            of = Some(chatbot.clone());
        }
        Ok(Record { chatbot: of, outcome, raised })
    }

    fn fold(
        &mut self,
        moment: Moment,
        chatbot: &Name,
        batches: &[Batch],
        concurrent: Option<&Action>,
        records: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        let mut enrolled = None;
        self.transact(moment, chatbot, concurrent, records, |context, Loaded { health, network, .. }| {
            enrolled = Some(health.enrolled_at);
            let FoldResult { summary: folded, closed, finding } =
                engine::fold(health, batches, context.policy, context.now);
            let found = finding != Finding::Fine;
            let raised = engine::decide(context, health, network, finding);
            TransactionResult {
                outcome: Outcome::Folded(folded),
                raised,
                closed,
                save: folded.changed() || found,
                network: found,
            }
        })?;
        if let (Some(Record { outcome: Outcome::Folded(folded), .. }), Some(enrolled)) = (records.last(), enrolled) {
            self.invariants.folded((chatbot, enrolled), batches, *folded)?;
        }
        Ok(())
    }

    /// Loads, changes and saves a chatbot, and repeats that on a conflict.
    fn transact(
        &mut self,
        Moment { now, jitter }: Moment,
        chatbot: &Name,
        mut concurrent: Option<&Action>,
        records: &mut Vec<Record>,
        mut change: impl FnMut(&DecisionContext, &mut Loaded) -> TransactionResult,
    ) -> Result<(), Failure> {
        loop {
            let of = Some(chatbot.clone());
            let mut stored = self.store.load(chatbot);
            let made = stored.as_mut().map(|loaded| {
                let before = Before::from(&loaded.health);
                let context = DecisionContext {
                    name: chatbot,
                    kind: loaded.kind,
                    policy: self.policies.for_chatbot(chatbot),
                    now,
                    jitter,
                };
                let mut result = change(&context, loaded);
                self.store.put_minutes(chatbot, loaded.health.enrolled_at, std::mem::take(&mut result.closed));
                (before, loaded, result)
            });
            if let Some(concurrent) = concurrent.take() {
                self.act(Moment { now, jitter }, concurrent, usize::MAX, None, records)?;
            }
            let Some((before, after, TransactionResult { outcome, raised, save, network, .. })) = made else {
                records.push(Record { chatbot: of, outcome: Outcome::Refused, raised: Vec::new() });
                return Ok(());
            };
            if save {
                let Some(size) = self.store.save(chatbot, after, network)? else { continue };
                let policy = self.policies.for_chatbot(chatbot);
                let saved = Saved { chatbot, policy, now, before, after, size, outcome, raised: &raised };
                self.invariants.saved(&saved)?;
            }
            records.push(Record { chatbot: of, outcome, raised });
            return Ok(());
        }
    }
}
