//! The memory of what a subscription was told.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::notifications::enrolment::Enrolment;

/// The time for which the ids of events are remembered. A stream delivers an event again for 24 hours at most.
pub const MEMORY: SignedDuration = SignedDuration::from_hours(48);

/// The last status of a chatbot that a subscription was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LastNotified {
    /// Online, or nothing yet.
    Online,
    /// Offline.
    Offline,
    /// It changes so often that single changes are not told.
    Flapping,
}

/// The status of a chatbot, as a subscription knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotifiedStatus {
    /// The last status.
    pub status: LastNotified,
    /// Since when, as it was told.
    pub since: Timestamp,
    /// The time of the last event that was taken into account, told or not. Earlier ones that arrive later change
    /// nothing.
    pub as_of: Timestamp,
}

/// The chatbots and notifications that a subscription was told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notified {
    /// The chatbots.
    pub chatbots: BTreeMap<Enrolment, NotifiedStatus>,
    /// The notifications that were told or dropped in the last [`MEMORY`], and when.
    pub events: BTreeMap<String, Timestamp>,
}

/// A change of what a subscription knows of a chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotifiedChange {
    /// The chatbot.
    pub chatbot: Enrolment,
    /// The status from now on. None if the chatbot is no longer one of its own.
    pub status: Option<NotifiedStatus>,
}
