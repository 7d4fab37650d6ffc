//! The Lambda function `renew-session`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::renew_session::RenewSession>()
}
