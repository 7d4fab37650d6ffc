//! The Lambda function `list-registered-participants`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::list_registered_participants::ListRegisteredParticipants>()
}
