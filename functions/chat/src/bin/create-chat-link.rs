//! The Lambda function `create-chat-link`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chat::create_chat_link::CreateChatLink>()
}
