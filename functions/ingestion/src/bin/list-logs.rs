//! The Lambda function `list-logs`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_ingestion::list_logs::ListLogs>()
}
