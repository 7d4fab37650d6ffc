//! The Lambda function `delete-dmr`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::delete_dmr::DeleteDmr>()
}
