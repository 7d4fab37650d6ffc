//! The Lambda function `get-routes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_routes::get_routes::GetRoutes>()
}
