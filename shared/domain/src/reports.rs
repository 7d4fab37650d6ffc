//! Reports to institutions.

pub(crate) mod availability;
pub(crate) mod spans;
pub(crate) mod timeline;

pub use self::{
    availability::{Availability, MONTHLY_PLANNED, Outages, Timeline, countable},
    spans::{Period, Spans},
    timeline::{Change, StoredHistory},
};
