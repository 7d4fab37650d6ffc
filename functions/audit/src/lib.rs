//! The functions of the area `audit`: the audit trail.

pub mod list_audit;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[Function { name: "list-audit", main: run_operation::<list_audit::ListAudit> }];
