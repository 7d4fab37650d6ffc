//! The functions of the area `incidents`: what people do to incidents, and the function that follows events.

mod access;
pub mod acknowledge_incident;
pub mod add_note;
pub mod assign_incident;
pub mod correlate_incidents;
pub mod correlating;
pub mod dismiss_incident;
pub mod get_incident;
pub mod get_incident_figures;
pub mod list_incidents;
pub mod list_members;
pub mod list_timeline;
pub mod merge_incident;
pub mod reopen_incident;
pub mod resolve_incident;
pub mod split_incident;
pub mod sweep_incidents;
#[cfg(test)]
mod tests;
pub mod track_incidents;
pub mod tracking;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "list-incidents", main: run_operation::<list_incidents::ListIncidents> },
    Function { name: "get-incident", main: run_operation::<get_incident::GetIncident> },
    Function { name: "list-timeline", main: run_operation::<list_timeline::ListTimeline> },
    Function { name: "list-members", main: run_operation::<list_members::ListMembers> },
    Function { name: "acknowledge-incident", main: run_operation::<acknowledge_incident::AcknowledgeIncident> },
    Function { name: "assign-incident", main: run_operation::<assign_incident::AssignIncident> },
    Function { name: "add-note", main: run_operation::<add_note::AddNote> },
    Function { name: "resolve-incident", main: run_operation::<resolve_incident::ResolveIncident> },
    Function { name: "reopen-incident", main: run_operation::<reopen_incident::ReopenIncident> },
    Function { name: "dismiss-incident", main: run_operation::<dismiss_incident::DismissIncident> },
    Function { name: "merge-incident", main: run_operation::<merge_incident::MergeIncident> },
    Function { name: "split-incident", main: run_operation::<split_incident::SplitIncident> },
    Function { name: "track-incidents", main: run_consumer::<track_incidents::TrackIncidents> },
    Function { name: "correlate-incidents", main: run_consumer::<correlate_incidents::CorrelateIncidents> },
    Function { name: "sweep-incidents", main: run_consumer::<sweep_incidents::SweepIncidents> },
    Function { name: "get-incident-figures", main: run_operation::<get_incident_figures::GetIncidentFigures> },
];
