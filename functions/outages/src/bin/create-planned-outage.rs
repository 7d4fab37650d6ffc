//! The Lambda function `create-planned-outage`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::create_planned_outage::CreatePlannedOutage>()
}
