//! The Lambda function `list-releases`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_releases::list_releases::ListReleases>()
}
