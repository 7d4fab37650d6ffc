//! The functions of the area `outages`: planned outages, and the calendar of them.

mod access;
pub mod advance_outages;
pub mod cancel_planned_outage;
pub mod complete_planned_outage;
pub mod confirm_planned_outage;
pub mod create_planned_outage;
pub mod get_calendar_link;
pub mod get_planned_outage;
pub mod list_planned_outages;
mod problems;
pub mod show_calendar;
#[cfg(test)]
mod tests;
pub mod update_planned_outage;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-planned-outage", main: run_operation::<create_planned_outage::CreatePlannedOutage> },
    Function { name: "list-planned-outages", main: run_operation::<list_planned_outages::ListPlannedOutages> },
    Function { name: "get-planned-outage", main: run_operation::<get_planned_outage::GetPlannedOutage> },
    Function { name: "update-planned-outage", main: run_operation::<update_planned_outage::UpdatePlannedOutage> },
    Function { name: "cancel-planned-outage", main: run_operation::<cancel_planned_outage::CancelPlannedOutage> },
    Function { name: "confirm-planned-outage", main: run_operation::<confirm_planned_outage::ConfirmPlannedOutage> },
    Function { name: "complete-planned-outage", main: run_operation::<complete_planned_outage::CompletePlannedOutage> },
    Function { name: "get-calendar-link", main: run_operation::<get_calendar_link::GetCalendarLink> },
    Function { name: "show-calendar", main: run_operation::<show_calendar::ShowCalendar> },
    Function { name: "advance-outages", main: run_consumer::<advance_outages::AdvanceOutages> },
];
