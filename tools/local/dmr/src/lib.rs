//! A sample DMR (Distributed Message Room): keeps the route table, forwards messages and reports HTTP codes.

pub mod clock;
pub mod dmr;
pub mod server;
