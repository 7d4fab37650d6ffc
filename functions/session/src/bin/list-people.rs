//! The Lambda function `list-people`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::list_people::ListPeople>()
}
