//! The Lambda function `publish-release`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_releases::publish_release::PublishRelease>()
}
