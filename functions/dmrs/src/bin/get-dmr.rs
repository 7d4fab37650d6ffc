//! The Lambda function `get-dmr`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::get_dmr::GetDmr>()
}
