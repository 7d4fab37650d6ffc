//! The Lambda function `create-institution`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_institutions::create_institution::CreateInstitution>()
}
