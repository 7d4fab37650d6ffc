//! The Lambda function `issue-certificate`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::issue_certificate::IssueCertificate>()
}
