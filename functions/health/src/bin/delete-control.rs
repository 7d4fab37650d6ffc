//! The Lambda function `delete-control`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::delete_control::DeleteControl>()
}
