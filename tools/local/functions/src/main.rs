//! All functions in one multi-call binary, chosen by the first argument. Without one, it lists them.
//!
//! The local stack runs it instead of one bootstrap a function: a change needs one link instead of fifty-odd, and the
//! archives that are deployed are two lines of shell.

use std::{env, process::ExitCode};

use centops_api::Function;

/// The functions by area.
const AREAS: [&[Function]; 21] = [
    functions_alerts::FUNCTIONS,
    functions_audit::FUNCTIONS,
    functions_chat::FUNCTIONS,
    functions_chatbots::FUNCTIONS,
    functions_credentials::FUNCTIONS,
    functions_deployment::FUNCTIONS,
    functions_dmrs::FUNCTIONS,
    functions_gateway::FUNCTIONS,
    functions_health::FUNCTIONS,
    functions_incidents::FUNCTIONS,
    functions_ingestion::FUNCTIONS,
    functions_institutions::FUNCTIONS,
    functions_legacy::FUNCTIONS,
    functions_onboarding::FUNCTIONS,
    functions_outages::FUNCTIONS,
    functions_releases::FUNCTIONS,
    functions_reports::FUNCTIONS,
    functions_restore::FUNCTIONS,
    functions_routes::FUNCTIONS,
    functions_session::FUNCTIONS,
    functions_status::FUNCTIONS,
];

fn main() -> Result<ExitCode, lambda_runtime::Error> {
    let Some(name) = env::args().nth(1) else {
        functions().for_each(|function| println!("{}", function.name));
        return Ok(ExitCode::SUCCESS);
    };
    let Some(function) = functions().find(|function| function.name == name) else {
        eprintln!("There is no function {name:?}. Without an argument, this program lists the functions.");
        return Ok(ExitCode::FAILURE);
    };
    (function.main)()?;
    Ok(ExitCode::SUCCESS)
}

fn functions() -> impl Iterator<Item = &'static Function> {
    AREAS.into_iter().flatten()
}
