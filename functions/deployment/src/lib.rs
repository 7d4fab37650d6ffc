//! The function of the area `deployment`: checks new versions of functions before they get traffic.

pub mod check_versions;
mod checks;
#[cfg(test)]
mod tests;

use centops_api::{Function, run_consumer};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] =
    &[Function { name: "check-versions", main: run_consumer::<check_versions::CheckVersions> }];
