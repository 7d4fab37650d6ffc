//! The Lambda function `list-timeline`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::list_timeline::ListTimeline>()
}
