//! The Lambda function `get-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::get_incident::GetIncident>()
}
