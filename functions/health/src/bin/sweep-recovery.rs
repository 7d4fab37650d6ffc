//! The Lambda function `sweep-recovery`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_health::sweep_recovery::SweepRecovery>()
}
