//! The Lambda function `get-participant`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::get_participant::GetParticipant>()
}
