//! The Lambda function `fan-out`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_incidents::track_incidents::TrackIncidents>()
}
