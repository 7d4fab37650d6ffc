//! The Lambda function `put-grant`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::put_grant::PutGrant>()
}
