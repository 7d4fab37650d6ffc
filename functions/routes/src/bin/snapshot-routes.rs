//! The Lambda function `snapshot-routes`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_routes::snapshot_routes::SnapshotRoutes>()
}
