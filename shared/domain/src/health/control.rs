//! What an administrator decides by hand, over the engine's head.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{chatbots::name::Name, stamp::Stamp, text::Reason};

/// What is forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlMode {
    /// Routed, whatever is seen.
    ForceOnline,
    /// Not routed, whatever the probes would find.
    ForceOffline,
    /// As it is: nothing changes by itself.
    Hold,
}

/// What an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewControl {
    /// What is forced.
    pub mode: ControlMode,
    /// Why.
    pub reason: Reason,
    /// When it ends by itself; without, somebody must end it.
    #[serde(default, deserialize_with = "crate::json::non_null")]
    pub until: Option<Timestamp>,
}

impl NewControl {
    /// Whether it would have ended by itself at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until, now)
    }
}

/// Returns the value of [`Control::by`] for a control that the chatbot `name` set itself.
fn chatbot_author(name: &Name) -> String {
    format!("chatbot:{name}")
}

/// Manual control: while it lasts nothing changes automatically.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// What is forced.
    pub mode: ControlMode,
    /// Why.
    pub reason: Reason,
    /// Who decided it: the token's subject, or the chatbot itself, `chatbot:<name>`.
    pub by: String,
    /// Since when.
    #[serde(with = "crate::stamp")]
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Stamp>,
}

impl Control {
    /// `new` by `by` from `now` on.
    #[must_use]
    pub fn new(new: NewControl, by: String, now: Timestamp) -> Self {
        let NewControl { mode, reason, until } = new;
        let until = until.map(|until| Stamp(crate::stamp::milliseconds(until)));
        Self { mode, reason, by, since: now, until }
    }

    /// The control of the chatbot `name` that takes itself out of routing from `now` on, until it ends that.
    #[must_use]
    pub fn by_chatbot(name: &Name, reason: Reason, now: Timestamp) -> Self {
        Self::new(NewControl { mode: ControlMode::ForceOffline, reason, until: None }, chatbot_author(name), now)
    }

    /// Whether the chatbot `name` set it itself.
    #[must_use]
    pub fn is_by_chatbot(&self, name: &Name) -> bool {
        self.by == chatbot_author(name)
    }

    /// Whether it has ended by itself at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until.map(|Stamp(until)| until), now)
    }
}

fn has_ended(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until <= now)
}
