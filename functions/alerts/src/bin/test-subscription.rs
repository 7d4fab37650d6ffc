//! The Lambda function `test-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::test_subscription::TestSubscription>()
}
