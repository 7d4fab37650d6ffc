//! The Lambda function `list-own-invitations`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_onboarding::list_own_invitations::ListOwnInvitations>()
}
