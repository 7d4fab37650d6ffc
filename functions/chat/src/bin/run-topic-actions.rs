//! The Lambda function `run-topic-actions`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_chat::run_topic_actions::RunTopicActions>()
}
