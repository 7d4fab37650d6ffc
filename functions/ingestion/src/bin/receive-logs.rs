//! The Lambda function `receive-logs`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_ingestion::receive_logs::ReceiveLogs>()
}
