//! The Lambda function `publish-routes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_routes::publish_routes::PublishRoutes>()
}
