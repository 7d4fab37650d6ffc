//! The Lambda function `update-chatbot`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chatbots::update_chatbot::UpdateChatbot>()
}
