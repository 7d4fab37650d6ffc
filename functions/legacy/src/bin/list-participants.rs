//! The Lambda function `list-participants`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_legacy::list_participants::ListParticipants>()
}
