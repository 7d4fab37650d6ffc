//! The Lambda authorizer of both APIs.
//!
//! A client certificate that the gateway verified names a DMR or a chatbot. Its holder is let in where CentOps has a
//! valid record of the certificate, to the operations of the certificate's profile. A bearer token names a person; the
//! functions check the person's roles, from the context that the authorizer returns, because the gateway caches the
//! answer. Tokens are refused on the Network API and certificates on the Admin API.

mod answer;
mod authorizer;
#[cfg(test)]
mod tests;
mod trail;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_identity::{jwks::JwksCache, token::TokenPolicy};
use lambda_runtime::Error;
use serde_json::Value;

use authorizer::{Authorizer, Verdict};
use trail::Trail;

/// The error that API Gateway answers with 401. The text is API Gateway's own.
const UNAUTHORIZED: &str = "Unauthorized";
/// The largest allowed difference between the issuer's clock and ours, in seconds.
const MOST_LEEWAY: u64 = 300;

/// The function.
#[derive(Debug)]
pub struct Authorize {
    authorizer: Authorizer,
}

impl Consumer for Authorize {
    type Event = AuthorizerRequest;
    type Answer = Value;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let expected =
            expectation(setup).inspect_err(|error| tracing::error!(%error, "failed to start the authorizer"))?;
        let keys = JwksCache::new(setup.variable("JWKS_URI")?)
            .map_err(|error| StartError::InvalidVariable { name: "JWKS_URI", reason: error.to_string() })?;
        Ok(Self { authorizer: Authorizer { keys, expected, store, trail: Trail::new(setup.audit()?) } })
    }

    async fn handle(&self, request: AuthorizerRequest, invocation: &Invocation) -> Result<Value, Error> {
        let arn = request.method_arn.as_deref().unwrap_or_default();
        match self.authorizer.judge(&request, &invocation.id, clock::now()).await {
            Ok(Verdict::Allow(caller)) => Ok(answer::allow(arn, caller)),
            Ok(Verdict::Deny(caller)) => Ok(answer::deny(arn, caller)),
            Ok(Verdict::Unauthorized) => Err(Error::from(UNAUTHORIZED)),
            Err(error) => {
                tracing::error!(%error, "failed to authorize request");
                Err(Error::from(error))
            }
        }
    }
}

/// Reads the rules for tokens from the environment. A wrong setting ends the start.
fn expectation(setup: &Setup) -> Result<TokenPolicy, StartError> {
    let name = "TOKEN_LEEWAY_SECONDS";
    let leeway = setup.parsed(name)?;
    if leeway > MOST_LEEWAY {
        return Err(StartError::InvalidVariable { name, reason: format!("a number from 0 to {MOST_LEEWAY}") });
    }
    Ok(TokenPolicy {
        issuer: setup.variable("TOKEN_ISSUER")?,
        audience: setup.variable("TOKEN_AUDIENCE")?,
        leeway,
        rules: setup.parsed("ROLE_RULES")?,
    })
}
