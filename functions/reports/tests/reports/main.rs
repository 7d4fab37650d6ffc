//! Reports on a real table: what callers get, and what is sent to subscriptions.
#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod capacity;
mod crashes;
mod reading;
mod sending;
mod summaries;
mod table;
