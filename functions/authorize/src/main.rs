//! Who calls, for both gateways. A client certificate, where the gateway verified one, names a DMR or
//! a chatbot: it gets in when CentOps has a record of it that holds, and to the operations of its profile.
//! A bearer token names a person; what a person may do is decided by the functions, from the context that
//! is given here, for the gateway keeps the answer. Neither is good at the other's API.

mod answer;
mod authorizer;
mod operations;
#[cfg(test)]
mod tests;
mod trail;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use centops_api::startup::variable;
use centops_identity::{keys::Keys, token::Expectation};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

use crate::{
    authorizer::{Authorizer, Verdict},
    trail::Trail,
};

/// The error that the gateway answers with 401. The text is API Gateway's own.
const UNAUTHORIZED: &str = "Unauthorized";
/// The most that clocks may differ, in seconds.
const MOST_LEEWAY: u64 = 300;

/// The authorizer cannot start.
#[derive(Debug, thiserror::Error)]
#[error("TOKEN_LEEWAY_SECONDS is a number from 0 to {MOST_LEEWAY}")]
struct InvalidLeeway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = centops_api::startup::audited().await?;
    let expected = expectation().inspect_err(|error| tracing::error!(%error, "the authorizer cannot start"))?;
    let keys = Keys::at(variable("JWKS_URI")?)?;
    let authorizer = &Authorizer { keys, expected, store, trail: Trail::new(audit) };
    run(service_fn(|event: LambdaEvent<AuthorizerRequest>| async move {
        let arn = event.payload.method_arn.as_deref().unwrap_or_default();
        match authorizer.judge(&event.payload, &event.context.request_id, Timestamp::now()).await {
            Ok(Verdict::Allow(caller)) => Ok(answer::allow(arn, caller)),
            Ok(Verdict::Deny(caller)) => Ok(answer::deny(arn, caller)),
            Ok(Verdict::Unauthorized) => Err(Error::from(UNAUTHORIZED)),
            Err(error) => {
                tracing::error!(%error, "nobody can be let in");
                Err(Error::from(error))
            }
        }
    }))
    .await
}

/// What tokens must say, from the environment. Wrong settings end the start: nobody is let in by a guess.
fn expectation() -> Result<Expectation, Error> {
    let leeway = variable("TOKEN_LEEWAY_SECONDS")?.parse().ok().filter(|&leeway| leeway <= MOST_LEEWAY);
    Ok(Expectation {
        issuer: variable("TOKEN_ISSUER")?,
        audience: variable("TOKEN_AUDIENCE")?,
        leeway: leeway.ok_or(InvalidLeeway)?,
        rules: variable("ROLE_RULES")?.parse()?,
    })
}
