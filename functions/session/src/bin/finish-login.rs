//! The Lambda function `finish-login`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::finish_login::FinishLogin>()
}
