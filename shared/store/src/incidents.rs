//! Incidents and their timelines.
//!
//! Whoever learns of an event [follows](crate::Store::follow_incident) it: reads the chatbot, its events and its latest
//! incident, and writes what follows from them on the condition of the versions that were read. The events are the source,
//! so it does not matter how often, how late or in which order somebody learns of them. An entry of a timeline has a key
//! of its own, and is never changed.
//!
//! A network incident and each of its members are items of their own, and an item for each member names it in the
//! partition of the network incident. Whoever lets a member be active again writes the network incident in the same
//! transaction, and it ends only if no member is active as of the version that was read.

mod correlation;
mod due;
mod follow;
mod items;
mod list;
mod members;
mod network;
mod notes;
mod past;
mod people;
mod told;

pub use self::{
    correlation::CORRELATE_EVERY,
    due::DueIncident,
    list::{IncidentFilter, IncidentPosition, InvalidIncidentPosition, TimelinePosition, incident_of_timeline},
    members::MemberPosition,
    past::{PAST_MAX_AGE, PastCache},
    people::IncidentError,
};
