//! The Lambda function `list-events`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::list_events::ListEvents>()
}
