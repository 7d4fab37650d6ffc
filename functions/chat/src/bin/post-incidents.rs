//! The Lambda function `post-incidents`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_chat::post_incidents::PostIncidents>()
}
