//! The Lambda function `get-updates`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_releases::get_updates::GetUpdates>()
}
