//! The Lambda function `get-route`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_routes::get_route::GetRoute>()
}
