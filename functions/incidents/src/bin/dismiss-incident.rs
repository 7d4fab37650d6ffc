//! The Lambda function `dismiss-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::dismiss_incident::DismissIncident>()
}
