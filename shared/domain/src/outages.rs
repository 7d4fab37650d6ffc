//! Planned outages: when they take place, and what they mean for notifications and reports.

pub(crate) mod monthly;
pub(crate) mod outage_id;
pub(crate) mod recurrence;
pub(crate) mod window;

pub use self::{
    monthly::{MonthDay, Nth},
    outage_id::{InvalidOutageId, OutageId},
    recurrence::{InvalidRecurrence, MAX_MINUTES, Occurrence, Recurrence, Repeat},
    window::{Covered, EarlyEnd, GRACE, MAX_LENGTH, NOTICE, Window, Windows},
};
