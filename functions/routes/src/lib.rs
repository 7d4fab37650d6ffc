//! The functions of the area `routes`: returns, signs, snapshots and publishes the route table.

pub mod get_route;
pub mod get_routes;
pub mod list_signing_keys;
pub mod publish_routes;
pub mod snapshot_routes;
pub mod subscribe_routes;
pub mod unsubscribe_routes;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "get-route", main: run_operation::<get_route::GetRoute> },
    Function { name: "get-routes", main: run_operation::<get_routes::GetRoutes> },
    Function { name: "list-signing-keys", main: run_operation::<list_signing_keys::ListSigningKeys> },
    Function { name: "subscribe-routes", main: run_operation::<subscribe_routes::SubscribeRoutes> },
    Function { name: "snapshot-routes", main: run_consumer::<snapshot_routes::SnapshotRoutes> },
    Function { name: "publish-routes", main: run_consumer::<publish_routes::PublishRoutes> },
    Function { name: "unsubscribe-routes", main: run_operation::<unsubscribe_routes::UnsubscribeRoutes> },
];
