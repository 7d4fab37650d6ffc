//! The Lambda function `list-invitations`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_onboarding::list_invitations::ListInvitations>()
}
