//! The Lambda function `issue-api-key`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_credentials::issue_api_key::IssueApiKey>()
}
