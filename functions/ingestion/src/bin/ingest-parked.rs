//! The Lambda function `ingest-parked`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_ingestion::ingest_parked::IngestParked>()
}
