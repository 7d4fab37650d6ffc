//! The Lambda function `update-institution`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_institutions::update_institution::UpdateInstitution>()
}
