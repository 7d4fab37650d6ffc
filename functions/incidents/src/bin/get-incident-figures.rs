//! The Lambda function `get-incident-figures`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::get_incident_figures::GetIncidentFigures>()
}
