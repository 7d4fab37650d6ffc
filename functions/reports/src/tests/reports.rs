//! Reports on a real table: what callers get, and what is sent to subscriptions.

mod capacity;
mod crashes;
mod reading;
mod sending;
mod summaries;
mod table;
