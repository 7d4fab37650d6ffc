//! The Lambda function `list-subscriptions`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::list_subscriptions::ListSubscriptions>()
}
