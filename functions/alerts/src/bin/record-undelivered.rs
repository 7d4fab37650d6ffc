//! The Lambda function `record-undelivered`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_alerts::record_undelivered::RecordUndelivered>()
}
