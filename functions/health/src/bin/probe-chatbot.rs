//! The Lambda function `probe-chatbot`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::probe_chatbot::ProbeChatbot>()
}
