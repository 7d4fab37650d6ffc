//! The Lambda function `list-clients`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::list_clients::ListClients>()
}
