//! The Lambda function `get-health-history`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::get_health_history::GetHealthHistory>()
}
