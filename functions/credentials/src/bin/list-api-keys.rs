//! The Lambda function `list-api-keys`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::list_api_keys::ListApiKeys>()
}
