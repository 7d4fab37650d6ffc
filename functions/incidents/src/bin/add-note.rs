//! The Lambda function `add-note`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::add_note::AddNote>()
}
