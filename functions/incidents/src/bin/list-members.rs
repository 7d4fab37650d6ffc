//! The Lambda function `list-members`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_incidents::list_members::ListMembers>()
}
