//! The Lambda function `get-calendar-link`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_outages::get_calendar_link::GetCalendarLink>()
}
