//! The Lambda function `subscribe-routes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_routes::subscribe_routes::SubscribeRoutes>()
}
