//! Reports: what they are made of, the summaries of days that make them cheap, and their messages.

mod days;
mod facts;
mod messages;
mod observations;
mod progress;
mod silence;

pub use days::{DAYS_RETENTION, SUMMARY_DELAY};
pub use progress::{DaysPosition, DaysProgress};
