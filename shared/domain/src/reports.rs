//! Reports to institutions.

pub(crate) mod availability;
pub(crate) mod spans;

pub use self::{
    availability::{Availability, MONTHLY_PLANNED, Timeline, countable},
    spans::{Period, Spans},
};
