//! The Lambda function `receive-webhook`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chat::receive_webhook::ReceiveWebhook>()
}
