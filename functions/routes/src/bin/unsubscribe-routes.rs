//! The Lambda function `unsubscribe-routes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_routes::unsubscribe_routes::UnsubscribeRoutes>()
}
