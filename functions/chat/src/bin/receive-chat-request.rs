//! The Lambda function `receive-chat-request`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chat::receive_chat_request::ReceiveChatRequest>()
}
