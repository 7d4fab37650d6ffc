//! The Lambda function `list-certificates`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::list_certificates::ListCertificates>()
}
