//! The Lambda function `confirm-planned-outage`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::confirm_planned_outage::ConfirmPlannedOutage>()
}
