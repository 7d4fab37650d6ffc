//! The Lambda function `update-dmr`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::update_dmr::UpdateDmr>()
}
