//! The Lambda function `submit-codes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_ingestion::submit_codes::SubmitCodes>()
}
