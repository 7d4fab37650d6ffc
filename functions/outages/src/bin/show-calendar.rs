//! The Lambda function `show-calendar`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::show_calendar::ShowCalendar>()
}
