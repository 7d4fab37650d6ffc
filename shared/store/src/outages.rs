//! Planned outages, and the windows in which they take chatbots out.
//!
//! A window is an item of its own, so that a round of notifications and a report read those of an institution with one
//! query.

mod windows;
