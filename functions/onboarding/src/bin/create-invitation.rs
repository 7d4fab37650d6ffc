//! The Lambda function `create-invitation`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_onboarding::create_invitation::CreateInvitation>()
}
