//! The Lambda function `list-chatbots`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_chatbots::list_chatbots::ListChatbots>()
}
