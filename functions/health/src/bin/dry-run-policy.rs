//! The Lambda function `dry-run-policy`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_health::dry_run_policy::DryRunPolicy>()
}
