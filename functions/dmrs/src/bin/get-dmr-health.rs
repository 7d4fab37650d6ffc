//! The Lambda function `get-dmr-health`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::get_dmr_health::GetDmrHealth>()
}
