//! The Lambda function `complete-planned-outage`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::complete_planned_outage::CompletePlannedOutage>()
}
