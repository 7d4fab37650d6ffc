//! The Lambda function `revoke-certificate`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::revoke_certificate::RevokeCertificate>()
}
