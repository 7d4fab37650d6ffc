//! The Lambda function `renew-certificate`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::renew_certificate::RenewCertificate>()
}
