//! The Lambda function `update-planned-outage`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::update_planned_outage::UpdatePlannedOutage>()
}
