//! The Lambda function `get-chatbot`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chatbots::get_chatbot::GetChatbot>()
}
