//! The Lambda function `advance-outages`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_outages::advance_outages::AdvanceOutages>()
}
