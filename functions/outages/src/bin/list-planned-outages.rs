//! The Lambda function `list-planned-outages`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::list_planned_outages::ListPlannedOutages>()
}
