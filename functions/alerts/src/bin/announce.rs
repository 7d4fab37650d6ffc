//! The Lambda function `announce`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_alerts::announce::Announce>()
}
