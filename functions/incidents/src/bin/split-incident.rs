//! The Lambda function `split-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::split_incident::SplitIncident>()
}
