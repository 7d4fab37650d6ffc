//! The Lambda function `subscribe-to-chatbot`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::subscribe_to_chatbot::SubscribeToChatbot>()
}
