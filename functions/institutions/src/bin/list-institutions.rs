//! The Lambda function `list-institutions`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_institutions::list_institutions::ListInstitutions>()
}
