//! The Lambda function `create-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::create_subscription::CreateSubscription>()
}
