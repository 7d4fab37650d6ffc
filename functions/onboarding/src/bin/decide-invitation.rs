//! The Lambda function `decide-invitation`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_onboarding::decide_invitation::DecideInvitation>()
}
