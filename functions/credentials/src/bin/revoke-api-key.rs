//! The Lambda function `revoke-api-key`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::revoke_api_key::RevokeApiKey>()
}
