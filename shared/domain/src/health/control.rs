//! Manual control: an override of the automatic decisions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{chatbots::name::Name, stamp::Stamp, text::Reason};

/// The mode of a manual control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlMode {
    /// Routed, whatever is observed.
    ForceOnline,
    /// Not routed, whatever probes find.
    ForceOffline,
    /// The current state is kept.
    Hold,
}

/// A manual control as requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewControl {
    /// The mode.
    pub mode: ControlMode,
    /// The reason.
    pub reason: Reason,
    /// The time at which it ends automatically; without it, it lasts until ended.
    #[serde(default, deserialize_with = "crate::rfc3339::non_null")]
    pub until: Option<Timestamp>,
}

impl NewControl {
    /// Returns whether it would have ended at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until, now)
    }
}

/// Returns the value of [`Control::by`] for a control that the chatbot `name` set itself.
fn chatbot_author(name: &Name) -> String {
    format!("chatbot:{name}")
}

/// A manual control. While it lasts, nothing changes automatically.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The mode.
    pub mode: ControlMode,
    /// The reason.
    pub reason: Reason,
    /// The author: the `sub` claim of a token, or `chatbot:<name>` for the chatbot itself.
    pub by: String,
    /// The time of setting.
    #[serde(with = "crate::stamp")]
    pub since: Timestamp,
    /// The time at which it ends automatically.
    pub until: Option<Stamp>,
}

impl Control {
    /// Returns the control `new`, set by `by` at `now`.
    #[must_use]
    pub fn new(new: NewControl, by: String, now: Timestamp) -> Self {
        let NewControl { mode, reason, until } = new;
        let until = until.map(|until| Stamp(crate::stamp::milliseconds(until)));
        Self { mode, reason, by, since: now, until }
    }

    /// Returns the control by which the chatbot `name` takes itself out of routing at `now`, until it ends the
    /// control.
    #[must_use]
    pub fn by_chatbot(name: &Name, reason: Reason, now: Timestamp) -> Self {
        Self::new(NewControl { mode: ControlMode::ForceOffline, reason, until: None }, chatbot_author(name), now)
    }

    /// Returns whether the chatbot `name` set it.
    #[must_use]
    pub fn is_by_chatbot(&self, name: &Name) -> bool {
        self.by == chatbot_author(name)
    }

    /// Returns whether it has ended at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until.map(|Stamp(until)| until), now)
    }
}

fn has_ended(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until <= now)
}
