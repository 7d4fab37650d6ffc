//! The Lambda function `confirm-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::confirm_subscription::ConfirmSubscription>()
}
