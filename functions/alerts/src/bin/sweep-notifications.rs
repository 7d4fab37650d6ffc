//! The Lambda function `sweep-notifications`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_alerts::sweep_notifications::SweepNotifications>()
}
