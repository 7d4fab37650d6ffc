//! The Lambda function `show-unsubscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_alerts::show_unsubscription::ShowUnsubscription>()
}
