//! The state of the reference model, and its steps.

use std::collections::BTreeMap;

use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Name},
    health::{Batch, CapPolicy, Finding, FoldSummary, Policy, RaisedEvent, RoutingState, StateCounts},
    stamp::Stamp,
};
use jiff::Timestamp;

use crate::{
    history::{Action, Fault, Outcome, Policies, Record, Step, by_chatbot},
    reference::chatbot::Chatbot,
    system,
};

/// The reference model.
#[derive(Debug)]
pub struct Model {
    /// The current policies.
    pub policies: Policies,
    /// The enrolled chatbots.
    pub chatbots: BTreeMap<Name, Chatbot>,
    /// The types for which ejections are held back, and since when.
    pub(super) holding_since: BTreeMap<ChatbotType, Timestamp>,
    /// The granted leases by name, for all chatbots that had the name.
    pub(super) granted: BTreeMap<Name, Vec<u64>>,
}

/// The context of a decision.
pub(super) struct Context<'a> {
    pub(super) name: &'a Name,
    pub(super) policy: Policy,
    pub(super) now: Timestamp,
    pub(super) jitter: f64,
}

impl Model {
    /// Returns a model without chatbots.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self { policies, chatbots: BTreeMap::new(), holding_since: BTreeMap::new(), granted: BTreeMap::new() }
    }

    /// Performs one step.
    pub fn step(&mut self, step: &Step) -> Vec<Record> {
        let mut records = Vec::new();
        // A prober knows its lease before it reports; a lease granted meanwhile is another one.
        let lease = self.lease(&step.action);
        let mut act = |model: &mut Self, action: &Action, most: usize| {
            let lease = if std::ptr::eq(action, &raw const step.action) { lease } else { model.lease(action) };
            model.act(step, action, lease, most, &mut records);
        };
        match &step.fault {
            Fault::None => act(self, &step.action, usize::MAX),
            Fault::ResponseLost => [usize::MAX; 2].into_iter().for_each(|most| act(self, &step.action, most)),
            Fault::CrashAfter(after) => [*after, usize::MAX].into_iter().for_each(|most| act(self, &step.action, most)),
            // The first to save comes first. An action without compare-and-set precedes the concurrent one.
            Fault::ConcurrentWrite(concurrent) => {
                let own_first =
                    matches!(step.action, Action::Enrol { .. } | Action::Delete { .. } | Action::Policies(_));
                let order: [&Action; 2] =
                    if own_first { [&step.action, concurrent] } else { [concurrent, &step.action] };
                for action in order {
                    act(self, action, usize::MAX);
                }
            }
        }
        records
    }

    fn lease(&self, action: &Action) -> u64 {
        let Action::ReportProbe { chatbot, back, .. } = action else { return u64::MAX };
        self.granted.get(chatbot).and_then(|granted| granted.iter().rev().nth(*back)).copied().unwrap_or(u64::MAX)
    }

    fn act(&mut self, step: &Step, action: &Action, lease: u64, most: usize, records: &mut Vec<Record>) {
        let one = match action {
            Action::Deliver(messages) => {
                for (chatbot, batches) in by_chatbot(messages).into_iter().take(most) {
                    let done = self.perform(step, &chatbot, |model, context| model.fold(context, &batches));
                    records.push(done);
                }
                return;
            }
            Action::Policies(policies) => {
                self.policies = policies.as_ref().clone();
                Record { chatbot: None, outcome: Outcome::Done, raised: Vec::new() }
            }
            Action::Enrol { chatbot, kind } => {
                let outcome = if self.chatbots.contains_key(chatbot) { Outcome::Refused } else { Outcome::Done };
                self.chatbots.entry(chatbot.clone()).or_insert_with(|| Chatbot::enrolled(*kind, step.now));
                Record { chatbot: Some(chatbot.clone()), outcome, raised: Vec::new() }
            }
            Action::Delete { chatbot } => self.perform(step, chatbot, Self::delete),
            Action::EvaluateDue { chatbot } => self.perform(step, chatbot, Self::evaluate_due),
            Action::ReportProbe { chatbot, success, .. } => {
                self.perform(step, chatbot, |model, context| model.record_probe(context, lease, *success))
            }
            Action::SetControl { chatbot, mode, seconds } => {
                let Some(control) = system::control(*mode, *seconds, step.now) else { return };
                self.perform(step, chatbot, |model, context| model.set_control(context, control.clone()))
            }
            Action::ChangeAddress { chatbot, uri } => {
                self.perform(step, chatbot, |model, context| model.change_address(context, uri))
            }
            Action::EndControl { chatbot } => self.perform(step, chatbot, Self::end_control),
        };
        records.push(one);
    }

    /// Performs an action on a chatbot, if it is enrolled.
    fn perform(
        &mut self,
        step: &Step,
        chatbot: &Name,
        act: impl FnOnce(&mut Self, &Context) -> Option<(Outcome, Vec<RaisedEvent>)>,
    ) -> Record {
        let context = Context {
            name: chatbot,
            policy: self.policies.for_chatbot(chatbot).clone(),
            now: step.now,
            jitter: step.jitter,
        };
        let (outcome, raised) = act(self, &context).unwrap_or((Outcome::Refused, Vec::new()));
        Record { chatbot: Some(chatbot.clone()), outcome, raised }
    }

    fn delete(&mut self, context: &Context) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let gone = self.chatbots.remove(context.name)?;
        Some((Outcome::Done, self.end_hold(gone.kind, context.policy.cap)))
    }

    /// Folds batches. If none is new and nothing is to be decided, nothing is saved.
    fn fold(&mut self, context: &Context, batches: &[Batch]) -> Option<(Outcome, Vec<RaisedEvent>)> {
        let chatbot = self.chatbots.get_mut(context.name)?;
        // A copy is necessary only if nothing may be saved.
        let before = chatbot.has_counted_all(batches).then(|| chatbot.clone());
        let mut folded = FoldSummary::default();
        for batch in batches {
            folded = folded.plus(chatbot.fold(batch, &context.policy, context.now));
        }
        chatbot.deliveries.push(context.now);
        chatbot.schedule_silence_check(&context.policy);
        let finding = chatbot.new_findings(&context.policy, context.now);
        if let Some(before) = before.filter(|_| finding == Finding::Fine) {
            *chatbot = before;
            return Some((Outcome::Folded(folded), Vec::new()));
        }
        let raised = self.decide(context, finding)?;
        Some((Outcome::Folded(folded), raised))
    }

    /// Counts the chatbots of a type by routing state.
    #[must_use]
    pub fn state_counts(&self, kind: ChatbotType) -> StateCounts {
        let count = |routing_state: RoutingState| {
            let matches = |chatbot: &&Chatbot| chatbot.kind == kind && chatbot.routing_state() == routing_state;
            u32::try_from(self.chatbots.values().filter(matches).count()).unwrap_or(u32::MAX)
        };
        StateCounts {
            unknown: count(RoutingState::Unknown),
            online: count(RoutingState::Online),
            offline: count(RoutingState::Offline),
            ejected: count(RoutingState::Ejected),
            holding_since: self.holding_since.get(&kind).copied().map(Stamp),
        }
    }

    /// Returns whether one more chatbot of `kind` may be ejected: of the routed and ejected ones at most the share is
    /// ejected then, or it is the only one.
    pub(super) fn has_room(&self, kind: ChatbotType, cap: CapPolicy) -> bool {
        let StateCounts { online, ejected, .. } = self.state_counts(kind);
        let (then, all, percent) = (u64::from(ejected) + 1, u64::from(online + ejected), u64::from(cap.percent.get()));
        percent > 0 && (then == 1 || then * 100 <= all * percent)
    }

    /// Ends the hold once the ejected share is low enough and one more ejection is possible.
    pub(super) fn end_hold(&mut self, kind: ChatbotType, cap: CapPolicy) -> Vec<RaisedEvent> {
        let StateCounts { online, ejected, holding_since, .. } = self.state_counts(kind);
        let percent = u64::from(cap.resume_percent.get());
        let few = u64::from(ejected) * 100 <= u64::from(online + ejected) * percent;
        if holding_since.is_none() || !few || !self.has_room(kind, cap) {
            return Vec::new();
        }
        self.holding_since.remove(&kind);
        vec![RaisedEvent { event: EventKind::CapReleased { kind }, notify: true }]
    }
}
