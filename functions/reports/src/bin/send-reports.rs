//! The Lambda function `send-reports`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_reports::send_reports::SendReports>()
}
