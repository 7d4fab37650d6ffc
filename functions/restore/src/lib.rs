//! The function of the area `restore`: brings back what the table lost.

pub mod restore_items;

use centops_api::{Function, run_consumer};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] =
    &[Function { name: "restore-items", main: run_consumer::<restore_items::RestoreItems> }];
