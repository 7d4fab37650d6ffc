//! The store on a real table (dynoxide, over HTTP, through the SDK's client).
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod audit;
mod capacity;
mod certificates;
mod conflicts;
mod health;
mod invitations;
mod logs;
mod registry;
mod routes;
mod table;
