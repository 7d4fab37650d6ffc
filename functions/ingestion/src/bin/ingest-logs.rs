//! The Lambda function `ingest-logs`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_ingestion::ingest_logs::IngestLogs>()
}
