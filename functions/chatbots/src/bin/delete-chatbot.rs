//! The Lambda function `delete-chatbot`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chatbots::delete_chatbot::DeleteChatbot>()
}
