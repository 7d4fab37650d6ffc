//! The Lambda function `delete-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::delete_subscription::DeleteSubscription>()
}
