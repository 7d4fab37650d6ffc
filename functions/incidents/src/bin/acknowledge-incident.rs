//! The Lambda function `acknowledge-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::acknowledge_incident::AcknowledgeIncident>()
}
