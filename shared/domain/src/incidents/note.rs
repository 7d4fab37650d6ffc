//! The triage note of an incident.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    action::Action,
    incident::{Condition, State},
};
use crate::ingestion::observer::Observer;

/// The most events of a note, the latest ones.
pub const MAX_NOTED_EVENTS: usize = 10;
/// The most observers of a note.
pub const MAX_NOTED_OBSERVERS: usize = 16;

/// A triage note. It has no free text and no persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// The state of the incident.
    pub state: State,
    /// The condition of the chatbot: offline or online, and since when.
    pub condition: Condition,
    /// The latest events, in order of time, [`MAX_NOTED_EVENTS`] at most.
    pub events: Vec<NotedEvent>,
    /// The observers of the chatbot, [`MAX_NOTED_OBSERVERS`] at most.
    pub observers: Vec<NotedObserver>,
    /// The probes since the chatbot went offline; none while it is routed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<NotedProbes>,
    /// The action that helped most often in similar incidents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<NotedSuggestion>,
}

/// An event in a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedEvent {
    /// The time.
    pub at: Timestamp,
    /// The type, as [`EventType::as_str`](crate::alerts::EventType::as_str).
    #[serde(rename = "type")]
    pub kind: String,
}

/// An observer in a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotedObserver {
    /// The observer.
    pub observer: Observer,
    /// True if it stopped reporting.
    pub silent: bool,
    /// The time of its last report.
    pub last_seen: Timestamp,
    /// The time of the last failure that it reported since the chatbot was routed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Timestamp>,
}

/// The probes in a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotedProbes {
    /// The number of probes that failed.
    pub failed: u32,
    /// The time of the next one; none while one is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

/// A suggestion in a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedSuggestion {
    /// The action.
    pub action: Action,
    /// The number of similar incidents in which it helped.
    pub helped: u32,
    /// The number of similar incidents in which it was tried.
    pub tried: u32,
}

impl Note {
    /// Returns a digest of what is news if it changes: the state, the condition, the events, which observers report and which
    /// do not, and the suggested action. Another failed probe, or another report, is none.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{:?} {:?}", self.state, self.condition));
        self.events.iter().for_each(|event| digest.update(format!(" {} {}", event.at, event.kind)));
        self.observers.iter().for_each(|one| digest.update(format!(" {} {}", one.observer, one.silent)));
        let suggested = self.suggestion.as_ref().map(|suggestion| suggestion.action);
        digest.update(format!(" {suggested:?}"));
        let number = digest.finalize().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{number:016x}")
    }
}
