//! The Lambda function `get-metrics`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::get_metrics::GetMetrics>()
}
