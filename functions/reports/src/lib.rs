//! The functions of the area `reports`: reports of institutions, and the summaries that they are made of.

pub mod get_report;
mod media_type;
pub mod schedule_reports;
pub mod send_reports;
pub mod summarise_history;
#[cfg(test)]
mod tests;

use centops_api::{Function, run_consumer, run_operation};

/// The variable with the URL of the queue of reports that are due.
const QUEUE: &str = "REPORTS_QUEUE";

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "get-report", main: run_operation::<get_report::GetReport> },
    Function { name: "schedule-reports", main: run_consumer::<schedule_reports::ScheduleReports> },
    Function { name: "send-reports", main: run_consumer::<send_reports::SendReports> },
    Function { name: "summarise-history", main: run_consumer::<summarise_history::SummariseHistory> },
];
