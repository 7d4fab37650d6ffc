//! The Lambda function `resolve-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::resolve_incident::ResolveIncident>()
}
