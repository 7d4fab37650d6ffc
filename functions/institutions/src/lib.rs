//! The functions of the area `institutions`: institutions.

pub mod create_institution;
pub mod delete_institution;
pub mod get_institution;
pub mod list_institutions;
pub mod update_institution;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-institution", main: run_operation::<create_institution::CreateInstitution> },
    Function { name: "get-institution", main: run_operation::<get_institution::GetInstitution> },
    Function { name: "list-institutions", main: run_operation::<list_institutions::ListInstitutions> },
    Function { name: "update-institution", main: run_operation::<update_institution::UpdateInstitution> },
    Function { name: "delete-institution", main: run_operation::<delete_institution::DeleteInstitution> },
];
