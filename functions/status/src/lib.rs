//! The function of the area `status`: the public status page.

pub mod publish_status;
#[cfg(test)]
mod tests;

use centops_api::{Function, run_consumer};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] =
    &[Function { name: "publish-status", main: run_consumer::<publish_status::PublishStatus> }];
