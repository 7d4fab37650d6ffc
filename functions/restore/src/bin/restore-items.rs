//! The Lambda function `restore-items`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_restore::restore_items::RestoreItems>()
}
