//! Incidents: what people know of an outage, and what they do about it.
//!
//! An incident follows the events of its chatbot. It is suspected at first, and looked at again after
//! [`LOOK_AFTER`]: one that is over by then is transient. An open one is acknowledged, assigned and
//! noted by people, and resolves by itself when the chatbot stays online. All of this is computed from the events, the
//! present status and the time, so that it does not matter how often or how late it is computed.

pub(crate) mod action;
pub(crate) mod commands;
pub(crate) mod entry;
pub(crate) mod family;
pub(crate) mod incident;
pub(crate) mod incident_id;
pub(crate) mod life;
pub(crate) mod view;

#[cfg(test)]
mod tests;

pub use self::{
    action::{Action, ActionTaken},
    commands::{Command, MAX_ACKNOWLEDGED_HOURS, MAX_NOTE_LENGTH, Refusal},
    entry::{Author, Entry, EntryContent},
    family::Family,
    incident::{Acknowledgement, Condition, Incident, Resolution, ResolvedBy, State},
    incident_id::{IncidentId, InvalidIncidentId},
    life::{Facts, LOOK_AFTER, LOOK_UNTIL, Look, Present, Step, follow},
    view::{EntryView, IncidentView},
};
