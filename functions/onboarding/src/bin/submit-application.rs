//! The Lambda function `submit-application`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_operation::<functions_onboarding::submit_application::SubmitApplication>()
}
