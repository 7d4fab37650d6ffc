//! The Lambda function `submit-logs`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_ingestion::submit_logs::SubmitLogs>()
}
