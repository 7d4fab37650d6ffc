//! The Lambda function `authorize`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_gateway::authorize::Authorize>()
}
