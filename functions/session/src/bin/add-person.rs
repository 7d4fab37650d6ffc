//! The Lambda function `add-person`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_session::add_person::AddPerson>()
}
