//! The Lambda function `list-signing-keys`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_routes::list_signing_keys::ListSigningKeys>()
}
