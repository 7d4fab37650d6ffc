//! The Lambda function `merge-incident`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::merge_incident::MergeIncident>()
}
