//! The store on a real table (dynoxide, over HTTP, through the SDK's client).
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod api_keys;
mod audit;
mod capacity;
mod certificates;
mod conflicts;
mod health;
mod institutions;
mod invitations;
mod logs;
mod registry;
mod route_subscriptions;
mod routes;
mod table;
