//! The Lambda function `get-invitation`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_onboarding::get_invitation::GetInvitation>()
}
