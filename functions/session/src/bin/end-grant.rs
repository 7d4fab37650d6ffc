//! The Lambda function `end-grant`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::end_grant::EndGrant>()
}
