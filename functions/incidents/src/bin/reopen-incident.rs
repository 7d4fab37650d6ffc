//! The Lambda function `reopen-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::reopen_incident::ReopenIncident>()
}
