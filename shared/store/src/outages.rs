//! Planned outages, and the windows in which they take chatbots out.
//!
//! A planned outage is one item, with its runs. Each change and each step of time replaces it on the condition of its
//! version, in one transaction with the windows that change and with the event that reports it: whatever stops, and
//! whatever is repeated, each is told once.
//!
//! A window is an item of its own, so that a round of notifications and a report read those of an institution with one
//! query.

mod changes;
mod chatbots;
mod items;
mod list;
mod windows;

pub use self::{
    changes::OutageError,
    list::{InvalidOutagePosition, OutageFilter, OutagePosition},
};
