//! A DMR (Distributed Message Room): it keeps the route table, passes messages on and reports what it got.

pub mod report;
pub mod room;
pub mod server;
