//! The Lambda function `get-report`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_reports::get_report::GetReport>()
}
