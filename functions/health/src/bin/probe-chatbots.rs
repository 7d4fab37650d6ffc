//! The Lambda function `probe-chatbots`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_health::probe_chatbots::ProbeChatbots>()
}
