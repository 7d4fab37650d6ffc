//! The Lambda function `get-session`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::get_session::GetSession>()
}
