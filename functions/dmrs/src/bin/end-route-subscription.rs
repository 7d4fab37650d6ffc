//! The Lambda function `end-route-subscription`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_dmrs::end_route_subscription::EndRouteSubscription>()
}
