//! The Lambda function `create-chatbot`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chatbots::create_chatbot::CreateChatbot>()
}
