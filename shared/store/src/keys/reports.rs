//! Keys of what reports are made of.

use centops_domain::chatbots::Name;
use jiff::{Timestamp, civil::Date};

use crate::table::{Key, key};

const HISTORY_DAYS: &str = "HISTORY_DAYS";
const PROGRESS: &str = "PROGRESS";

/// Returns the partition of the history of one enrolment by hours.
pub(crate) fn history_days_pk(name: &Name, enrolled: Timestamp) -> String {
    format!("{HISTORY_DAYS}#{name}#{}", enrolled.as_millisecond())
}

/// Returns the key of the hours of `day` of one enrolment.
pub(crate) fn history_day(name: &Name, enrolled: Timestamp, day: Date) -> Key {
    key(history_days_pk(name, enrolled), day.to_string())
}

/// Returns the key of the progress of the hours of days.
pub(crate) fn days_progress() -> Key {
    key(HISTORY_DAYS, PROGRESS)
}

/// Returns the key of the progress of the reports that are handed out.
pub(crate) fn reports_progress() -> Key {
    key("REPORTS", PROGRESS)
}
