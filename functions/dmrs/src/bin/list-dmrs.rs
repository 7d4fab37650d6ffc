//! The Lambda function `list-dmrs`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::list_dmrs::ListDmrs>()
}
