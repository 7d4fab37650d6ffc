//! The Lambda function `ingest-codes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_ingestion::ingest_codes::IngestCodes>()
}
