//! The Lambda function `list-messages`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::list_messages::ListMessages>()
}
