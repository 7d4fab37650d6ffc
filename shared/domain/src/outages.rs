//! Planned outages: when they take place, and what they mean for notifications and reports.

pub(crate) mod advance;
mod calendar;
pub(crate) mod changes;
pub(crate) mod monthly;
pub(crate) mod outage_id;
pub(crate) mod planned_outage;
pub(crate) mod recurrence;
pub(crate) mod request;
pub(crate) mod run;
mod view;
pub(crate) mod window;

pub use self::{
    advance::Task,
    calendar::calendar,
    changes::{OutageConflict, OutageRefusal},
    monthly::{MonthDay, Nth},
    outage_id::{InvalidOutageId, OutageId},
    planned_outage::{HORIZON, MAX_RUNS, OutageChange, OutageState, PlannedOutage, Reported, UnknownOutageState},
    recurrence::{InvalidRecurrence, MAX_MINUTES, Occurrence, Recurrence, Repeat},
    request::{InvalidChatbots, InvalidOutage, MAX_CHOSEN, MAX_OUTAGES, PlannedOutageRequest, PlannedOutageUpdate},
    run::{ASKED_BEFORE, Phase, REMINDERS, Run},
    view::PlannedOutageView,
    window::{Covered, EarlyEnd, GRACE, MAX_LENGTH, NOTICE, Window, Windows},
};

#[cfg(test)]
mod tests;
