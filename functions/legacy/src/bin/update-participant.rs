//! The Lambda function `update-participant`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::update_participant::UpdateParticipant>()
}
