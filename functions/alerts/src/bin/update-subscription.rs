//! The Lambda function `update-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::update_subscription::UpdateSubscription>()
}
