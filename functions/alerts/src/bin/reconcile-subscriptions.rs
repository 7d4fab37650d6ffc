//! The Lambda function `reconcile-subscriptions`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_alerts::reconcile_subscriptions::ReconcileSubscriptions>()
}
