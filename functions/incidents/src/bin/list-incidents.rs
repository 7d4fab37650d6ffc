//! The Lambda function `list-incidents`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::list_incidents::ListIncidents>()
}
