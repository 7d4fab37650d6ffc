//! The Lambda function `schedule-reports`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_reports::schedule_reports::ScheduleReports>()
}
