//! The Lambda function `get-institution`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_institutions::get_institution::GetInstitution>()
}
