//! Histories: the input of the engine and of the model, as plain data.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{ChatbotType, ChatbotUri, Name},
    health::{AddressChange, Batch, ControlMode, Delivery, FoldSummary, Lease, Policy, ProbeOutcome, RaisedEvent},
    ingestion::{Observation, Observer, Sequence},
};
use jiff::Timestamp;

/// A history: the initial policies and the steps.
#[derive(Clone, Debug)]
pub struct History {
    /// The initial policies.
    pub policies: Policies,
    /// The steps in their order.
    pub steps: Vec<Step>,
}

/// The default policy and the overrides per chatbot. They share one cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// The default policy.
    pub defaults: Policy,
    /// The overrides.
    pub own: BTreeMap<Name, Policy>,
}

impl Policies {
    /// Returns the policy of `chatbot`.
    #[must_use]
    pub fn for_chatbot(&self, chatbot: &Name) -> &Policy {
        self.own.get(chatbot).unwrap_or(&self.defaults)
    }
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The clock of the machine that performs it. Clocks differ, so it may go backwards.
    pub now: Timestamp,
    /// The random number of the decision, in `[0, 1)`.
    pub jitter: f64,
    /// The action.
    pub action: Action,
    /// The fault that is injected.
    pub fault: Fault,
}

/// An action.
#[derive(Clone, Debug)]
pub enum Action {
    /// Enrols a chatbot, unless the name is taken.
    Enrol {
        /// The name.
        chatbot: Name,
        /// The type.
        kind: ChatbotType,
    },
    /// Removes a chatbot.
    Delete {
        /// The chatbot.
        chatbot: Name,
    },
    /// Delivers messages together: for each chatbot concerned, its batches are folded and saved.
    Deliver(Vec<Message>),
    /// Evaluates a chatbot, as the prober does.
    EvaluateDue {
        /// The chatbot.
        chatbot: Name,
    },
    /// Reports the result of a probe.
    ReportProbe {
        /// The chatbot.
        chatbot: Name,
        /// The lease: the number of leases granted since; beyond the first one there is none.
        back: usize,
        /// The result.
        success: bool,
    },
    /// Sets a manual control.
    SetControl {
        /// The chatbot.
        chatbot: Name,
        /// The mode.
        mode: ControlMode,
        /// The duration in seconds; without it, until ended.
        seconds: Option<i64>,
    },
    /// Ends the manual control.
    EndControl {
        /// The chatbot.
        chatbot: Name,
    },
    /// Changes the address.
    ChangeAddress {
        /// The chatbot.
        chatbot: Name,
        /// The address.
        uri: ChatbotUri,
    },
    /// Replaces the policies.
    Policies(Box<Policies>),
}

/// A message: the report of one observer about one or more chatbots.
#[derive(Clone, Debug)]
pub struct Message {
    /// The sender.
    pub observer: Observer,
    /// The sequence number.
    pub sequence: Sequence,
    /// The observations by chatbot.
    pub about: BTreeMap<Name, Vec<Observation>>,
}

/// An injected fault.
#[derive(Clone, Debug)]
pub enum Fault {
    /// No fault.
    None,
    /// The response is lost after saving: the step is repeated.
    ResponseLost,
    /// The machine crashes after saving this many chatbots of a delivery: the delivery is repeated.
    CrashAfter(usize),
    /// Another action is performed between loading and saving, so that the save meets another version.
    ConcurrentWrite(Box<Action>),
}

/// The result of an action for one chatbot. The engine and the model must agree on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The chatbot; none for an action on all.
    pub chatbot: Option<Name>,
    /// The outcome.
    pub outcome: Outcome,
    /// The raised events in their order.
    pub raised: Vec<RaisedEvent>,
}

/// The outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is no such chatbot, or it exists already: nothing changed.
    Refused,
    /// The action was performed.
    Done,
    /// The outcome of folding.
    Folded(FoldSummary),
    /// The lease, if one was granted.
    Leased(Option<Lease>),
    /// The effect of a changed address.
    Relocated(AddressChange),
    /// The effect of a probe's result.
    Probed(ProbeOutcome),
}

/// Returns the batches of `messages` by chatbot, in their order.
#[must_use]
pub fn by_chatbot(messages: &[Message]) -> BTreeMap<Name, Vec<Batch>> {
    let mut batches: BTreeMap<Name, Vec<Batch>> = BTreeMap::new();
    for Message { observer, sequence, about } in messages {
        for (chatbot, observations) in about {
            let (observer, observations) = (observer.clone(), observations.clone());
            batches.entry(chatbot.clone()).or_default().push(Batch {
                observer,
                sequence: *sequence,
                observations,
                delivery: Delivery::First,
            });
        }
    }
    batches
}

impl History {
    /// Returns the number of delivered observations, with redeliveries.
    #[must_use]
    pub fn observations(&self) -> usize {
        let count = |message: &Message| message.about.values().map(Vec::len).sum::<usize>();
        let delivered = self.steps.iter().map(|step| match &step.action {
            Action::Deliver(messages) => messages.iter().map(count).sum(),
            _ => 0,
        });
        delivered.sum()
    }
}
