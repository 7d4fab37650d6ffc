//! The Lambda function `recount-chatbots`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_health::recount_chatbots::RecountChatbots>()
}
