//! The Lambda function `get-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::get_subscription::GetSubscription>()
}
