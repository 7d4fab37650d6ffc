//! The Lambda function `reannounce-events`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::reannounce_events::ReannounceEvents>()
}
