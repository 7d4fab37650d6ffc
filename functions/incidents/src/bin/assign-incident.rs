//! The Lambda function `assign-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::assign_incident::AssignIncident>()
}
