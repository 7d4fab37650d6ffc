//! The Lambda function `get-policy`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::get_policy::GetPolicy>()
}
