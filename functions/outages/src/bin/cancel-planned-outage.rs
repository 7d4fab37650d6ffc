//! The Lambda function `cancel-planned-outage`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::cancel_planned_outage::CancelPlannedOutage>()
}
