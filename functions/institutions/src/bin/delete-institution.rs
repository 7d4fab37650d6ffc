//! The Lambda function `delete-institution`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_institutions::delete_institution::DeleteInstitution>()
}
