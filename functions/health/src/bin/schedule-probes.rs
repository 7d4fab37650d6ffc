//! The Lambda function `schedule-probes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_health::schedule_probes::ScheduleProbes>()
}
