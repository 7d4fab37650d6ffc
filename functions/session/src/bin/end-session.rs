//! The Lambda function `end-session`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::end_session::EndSession>()
}
