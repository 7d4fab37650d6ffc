//! The Lambda function `list-chatbot-events`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::list_chatbot_events::ListChatbotEvents>()
}
