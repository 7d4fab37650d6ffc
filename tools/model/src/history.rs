//! What may happen to a few chatbots, as plain data.

use std::collections::BTreeMap;

use centops_domain::{
    chatbot::ChatbotType,
    circuit::{Lease, Probed},
    control::Mode,
    engine::Happened,
    health::{Batch, Folded},
    name::Name,
    observation::{Observation, Observer, Sequence},
    policy::Policy,
};
use jiff::Timestamp;

/// The policies at the beginning, and then one step after the other.
#[derive(Clone, Debug)]
pub struct History {
    /// At the beginning.
    pub policies: Policies,
    /// In the order in which they happen.
    pub steps: Vec<Step>,
}

/// The policy of all, and those of single chatbots. They share one cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Of all others.
    pub defaults: Policy,
    /// Of single chatbots.
    pub own: BTreeMap<Name, Policy>,
}

impl Policies {
    /// The policy of `chatbot`.
    #[must_use]
    pub fn of(&self, chatbot: &Name) -> &Policy {
        self.own.get(chatbot).unwrap_or(&self.defaults)
    }
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The clock of the machine that does it: machines differ, so it may go backwards.
    pub now: Timestamp,
    /// In `[0, 1)`.
    pub dice: f64,
    /// What is done.
    pub action: Action,
    /// What goes wrong.
    pub mishap: Mishap,
}

/// What is done.
#[derive(Clone, Debug)]
pub enum Action {
    /// A chatbot is enrolled; nothing happens where the name is taken.
    Enrol {
        /// Its name.
        chatbot: Name,
        /// Its type.
        kind: ChatbotType,
    },
    /// A chatbot is removed.
    Delete {
        /// Which.
        chatbot: Name,
    },
    /// Messages arrive together: for each chatbot that they are about, its batches are folded and saved.
    Deliver(Vec<Message>),
    /// The prober looks at a chatbot.
    Look {
        /// Which.
        chatbot: Name,
    },
    /// A prober reports.
    Report {
        /// About whom.
        chatbot: Name,
        /// With which lease: so many were granted since; none is granted as often as it is named.
        back: usize,
        /// Whether the probe succeeded.
        success: bool,
    },
    /// An administrator takes control.
    Control {
        /// Of whom.
        chatbot: Name,
        /// How.
        mode: Mode,
        /// For how long; without, until it is released.
        seconds: Option<i64>,
    },
    /// An administrator ends manual control.
    Release {
        /// Of whom.
        chatbot: Name,
    },
    /// Other policies from here on.
    Policies(Box<Policies>),
}

/// One message: what one observer reports of one or more chatbots.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who sent it.
    pub observer: Observer,
    /// Its place in the sender's queue.
    pub sequence: Sequence,
    /// What it says, by chatbot.
    pub about: BTreeMap<Name, Vec<Observation>>,
}

/// What goes wrong with a step.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// Nothing.
    None,
    /// All is saved, and the answer is lost: the step is done again.
    AnswerLost,
    /// So many chatbots of a delivery are saved, then the machine stops: the delivery is done again.
    Stops(usize),
    /// Between loading and saving another step is done: the save meets another version.
    Rival(Box<Action>),
}

/// What came of an action, for one chatbot. The engine and the model must agree on each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which chatbot; none for what concerns all.
    pub chatbot: Option<Name>,
    /// The answer.
    pub said: Said,
    /// What happened, in its order.
    pub happened: Vec<Happened>,
}

/// The answer to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// No such chatbot, or there is one already: nothing changed.
    Refused,
    /// Done.
    Done,
    /// What became of the observations.
    Folded(Folded),
    /// The lease, if one was granted.
    Leased(Option<Lease>),
    /// What became of a probe's result.
    Probed(Probed),
}

/// The batches of `messages` by chatbot, each chatbot's in their order.
#[must_use]
pub fn by_chatbot(messages: &[Message]) -> BTreeMap<Name, Vec<Batch>> {
    let mut batches: BTreeMap<Name, Vec<Batch>> = BTreeMap::new();
    for Message { observer, sequence, about } in messages {
        for (chatbot, observations) in about {
            let (observer, observations) = (observer.clone(), observations.clone());
            batches.entry(chatbot.clone()).or_default().push(Batch { observer, sequence: *sequence, observations });
        }
    }
    batches
}

impl History {
    /// How many observations are delivered, each redelivery counted.
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
