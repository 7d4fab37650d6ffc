//! The Lambda function `publish-status`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_status::publish_status::PublishStatus>()
}
