//! The Lambda function `deliver-notifications`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_alerts::deliver_notifications::DeliverNotifications>()
}
