//! Incidents: what people know of an outage, what they do about it, and what several outages have in common.
//!
//! An incident follows the events of its chatbot. It is suspected at first, and looked at again after [`LOOK_AFTER`]: one
//! that is over by then is transient. An open one is acknowledged, assigned and noted by people, and resolves by itself when
//! the chatbot stays online. All of this is computed from the events, the present status and the time, so that it does not
//! matter how often or how late it is computed.
//!
//! Openings within a few minutes may have a [common cause](CommonCause): then they are [grouped](groupings) into one network
//! incident, which follows the same rules and ends with its last member. Resolved incidents may say
//! [what helps](PastIncidents) in similar ones.

pub(crate) mod action;
pub(crate) mod advice;
pub(crate) mod commands;
pub(crate) mod common_cause;
pub(crate) mod entry;
pub(crate) mod family;
pub(crate) mod figures;
pub(crate) mod grouping;
pub(crate) mod incident;
pub(crate) mod incident_id;
pub(crate) mod life;
pub(crate) mod network;
pub(crate) mod network_cause;
pub(crate) mod next_action;
pub(crate) mod note;
pub(crate) mod triage;
pub(crate) mod view;

#[cfg(test)]
mod tests;

pub use self::{
    action::{Action, Attempt},
    advice::{AdviceView, MAX_PAST, PastId},
    commands::{Command, MAX_ACKNOWLEDGED_HOURS, MAX_NOTE_LENGTH, Refusal},
    common_cause::{
        AtRisk, CommonCause, MAX_CAUSES, MIN_MEMBERS, MIN_PERCENT, MIN_RATIO, Opening, RECENT, ReportedVersion, Shared,
        WINDOW, common_causes,
    },
    entry::{Author, Entry, EntryContent},
    family::Family,
    figures::{Figures, Spread},
    grouping::{Grouping, groupings},
    incident::{
        Acknowledgement, Condition, Incident, IncidentKind, NOTE_EVERY, Noted, Resolution, ResolvedBy, State, Subject,
    },
    incident_id::{IncidentId, InvalidIncidentId},
    life::{Facts, LOOK_AFTER, LOOK_UNTIL, Look, Present, Step, TRANSIENT_UNTIL, follow},
    network_cause::NetworkCause,
    next_action::{
        Advice, BY_ITSELF, ByItself, CauseKind, Failure, Features, MAX_NEIGHBOURS, MAX_SUGGESTIONS, MAX_TEMPLATES,
        MIN_SIMILARITY_PERCENT, MIN_TRIES, PastIncident, PastIncidents, ReleaseAge, Suggestion, Token, WitnessKind,
    },
    note::{MAX_NOTED_EVENTS, MAX_NOTED_OBSERVERS, Note, NotedEvent, NotedObserver, NotedProbes, NotedSuggestion},
    triage::{TriageFacts, triage},
    view::{EntryView, IncidentView},
};
