//! What an administrator decides by hand, over the engine's head.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{name::Name, stamp::Stamp};

/// The most characters of a reason.
pub const MAX_REASON_LENGTH: usize = 280;

/// What is forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Routed, whatever is seen.
    ForceOnline,
    /// Not routed, whatever the probes would find.
    ForceOffline,
    /// As it is: nothing changes by itself.
    Hold,
}

/// Why, in the administrator's words: 1 to [`MAX_REASON_LENGTH`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ControlReason(String);

/// A text that is no [`ControlReason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has 1 to {MAX_REASON_LENGTH} characters")]
pub struct InvalidReason;

impl ControlReason {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ControlReason {
    type Error = InvalidReason;

    fn try_from(text: String) -> Result<Self, InvalidReason> {
        let length = text.trim().chars().count();
        if (1..=MAX_REASON_LENGTH).contains(&length) { Ok(Self(text.trim().to_owned())) } else { Err(InvalidReason) }
    }
}

impl From<ControlReason> for String {
    fn from(reason: ControlReason) -> Self {
        reason.0
    }
}

impl std::fmt::Display for ControlReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewControl {
    /// What is forced.
    pub mode: Mode,
    /// Why.
    pub reason: ControlReason,
    /// When it ends by itself; without, somebody must end it.
    #[serde(default, deserialize_with = "crate::chatbot::given")]
    pub until: Option<Timestamp>,
}

impl NewControl {
    /// Whether it would have ended by itself at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until, now)
    }
}

/// What stands in [`Control::by`] where the chatbot `name` decided for itself.
#[must_use]
pub fn own(name: &Name) -> String {
    format!("chatbot:{name}")
}

/// Manual control: while it lasts nothing changes automatically.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// What is forced.
    pub mode: Mode,
    /// Why.
    pub reason: ControlReason,
    /// Who decided it: the token's subject, or the chatbot itself, as [`own`] has it.
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
    pub fn own(name: &Name, reason: ControlReason, now: Timestamp) -> Self {
        Self::new(NewControl { mode: Mode::ForceOffline, reason, until: None }, own(name), now)
    }

    /// Whether the chatbot `name` set it itself.
    #[must_use]
    pub fn is_own(&self, name: &Name) -> bool {
        self.by == own(name)
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
