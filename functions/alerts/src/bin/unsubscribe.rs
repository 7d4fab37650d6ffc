//! The Lambda function `unsubscribe`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::unsubscribe::Unsubscribe>()
}
