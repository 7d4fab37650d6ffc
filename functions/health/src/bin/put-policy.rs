//! The Lambda function `put-policy`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::put_policy::PutPolicy>()
}
