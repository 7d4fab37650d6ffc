//! The Lambda function `create-participant`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::create_participant::CreateParticipant>()
}
