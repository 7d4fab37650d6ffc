//! The functions of the area `gateway`: the Lambda authorizer of both APIs.

pub mod authorize;

use centops_api::{Function, run_consumer};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[Function { name: "authorize", main: run_consumer::<authorize::Authorize> }];
