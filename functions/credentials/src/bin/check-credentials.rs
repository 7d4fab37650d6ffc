//! The Lambda function `check-credentials`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_credentials::check_credentials::CheckCredentials>()
}
