//! Incidents and their timelines.
//!
//! Whoever learns of an event [follows](crate::Store::follow_incident) it: reads the chatbot, its events and its latest
//! incident, and writes what follows from them on the condition of the versions that were read. The events are the source,
//! so it does not matter how often, how late or in which order somebody learns of them. An entry of a timeline has a key
//! of its own, and is never changed.

mod due;
mod follow;
mod items;
mod list;
mod people;

pub use self::{
    due::DueIncident,
    list::{IncidentFilter, IncidentPosition, InvalidIncidentPosition, TimelinePosition},
    people::IncidentError,
};
