//! The Lambda function `get-planned-outage`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::get_planned_outage::GetPlannedOutage>()
}
