//! The Lambda function `correlate-incidents`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_incidents::correlate_incidents::CorrelateIncidents>()
}
