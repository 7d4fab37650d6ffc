//! The Lambda function `create-dmr`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::create_dmr::CreateDmr>()
}
