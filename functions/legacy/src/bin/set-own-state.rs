//! The Lambda function `set-own-state`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::set_own_state::SetOwnState>()
}
