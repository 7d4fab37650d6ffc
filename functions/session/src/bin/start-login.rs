//! The Lambda function `start-login`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::start_login::StartLogin>()
}
