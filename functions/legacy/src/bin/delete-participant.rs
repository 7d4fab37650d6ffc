//! The Lambda function `delete-participant`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::delete_participant::DeleteParticipant>()
}
