//! The Lambda function `get-chatbot-health`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::get_chatbot_health::GetChatbotHealth>()
}
