//! The functions of the area `dmrs`: the registry of DMRs.

pub mod create_dmr;
pub mod delete_dmr;
pub mod end_route_subscription;
pub mod get_dmr;
pub mod get_dmr_health;
pub mod list_dmrs;
mod registry;
pub mod update_dmr;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "list-dmrs", main: run_operation::<list_dmrs::ListDmrs> },
    Function { name: "create-dmr", main: run_operation::<create_dmr::CreateDmr> },
    Function { name: "get-dmr", main: run_operation::<get_dmr::GetDmr> },
    Function { name: "get-dmr-health", main: run_operation::<get_dmr_health::GetDmrHealth> },
    Function { name: "update-dmr", main: run_operation::<update_dmr::UpdateDmr> },
    Function { name: "delete-dmr", main: run_operation::<delete_dmr::DeleteDmr> },
    Function { name: "end-route-subscription", main: run_operation::<end_route_subscription::EndRouteSubscription> },
];
