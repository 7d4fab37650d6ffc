//! The Lambda function `redeliver-message`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::redeliver_message::RedeliverMessage>()
}
