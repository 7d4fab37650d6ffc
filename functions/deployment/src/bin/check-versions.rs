//! The Lambda function `check-versions`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_deployment::check_versions::CheckVersions>()
}
