//! The Lambda function `withdraw-release`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_releases::withdraw_release::WithdrawRelease>()
}
