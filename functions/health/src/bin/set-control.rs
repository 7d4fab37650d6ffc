//! The Lambda function `set-control`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::set_control::SetControl>()
}
