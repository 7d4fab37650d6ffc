//! The Lambda authorizer of both APIs.
//!
//! A client certificate that the gateway verified names a DMR or a chatbot. If CentOps has a valid record of the
//! certificate, its holder may call the operations of the certificate's profile. A bearer token names a person; the
//! functions check the person's roles, from the context that the authorizer returns, because the gateway caches the
//! answer. Tokens are refused on the Network API and certificates on the Admin API.

mod auth_audit;
mod authorizer;
mod budgets;
mod response;
#[cfg(test)]
mod tests;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_contract::metrics::AUTHORIZATIONS_FAILED;
use centops_identity::{jwks::JwksCache, token::TokenPolicy};
use lambda_runtime::Error;
use serde_json::Value;

use auth_audit::AuthAudit;
use authorizer::{Authorizer, Decision};
use budgets::Budgets;

/// The error that API Gateway answers with 401. The text is API Gateway's own.
const UNAUTHORIZED: &str = "Unauthorized";
/// The largest allowed difference between the issuer's clock and ours, in seconds.
const MAX_LEEWAY: u64 = 300;

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
        let token_policy =
            token_policy(setup).inspect_err(|error| tracing::error!(%error, "failed to start the authorizer"))?;
        let keys = JwksCache::new(setup.variable("JWKS_URI")?)
            .map_err(|error| StartError::InvalidVariable { name: "JWKS_URI", reason: error.to_string() })?;
        let first_administrator = Some(setup.variable("FIRST_ADMINISTRATOR")?).filter(|subject| !subject.is_empty());
        let audit = AuthAudit::new(setup.audit()?);
        let budgets = Budgets::new(setup.parsed("REQUESTS_PER_HOLDER")?);
        Ok(Self { authorizer: Authorizer { keys, token_policy, store, audit, budgets, first_administrator } })
    }

    async fn handle(&self, request: AuthorizerRequest, invocation: &Invocation) -> Result<Value, Error> {
        let arn = request.method_arn.as_deref().unwrap_or_default();
        match self.authorizer.authorize(&request, &invocation.id, clock::now()).await {
            Ok(Decision::Allow(caller)) => Ok(response::allow(arn, caller)),
            Ok(Decision::OverBudget(caller)) => Ok(response::over_budget(arn, caller)),
            Ok(Decision::Deny(caller)) => Ok(response::deny(arn, caller)),
            Ok(Decision::Unauthorized) => Err(Error::from(UNAUTHORIZED)),
            Err(error) => {
                invocation.metrics.record(AUTHORIZATIONS_FAILED, 1);
                let id = &invocation.id;
                tracing::error!(%error, id, "failed to authorize request id={id}");
                Err(Error::from(error))
            }
        }
    }
}

/// Reads the rules for tokens from the environment. A wrong setting ends the start.
fn token_policy(setup: &Setup) -> Result<TokenPolicy, StartError> {
    let name = "TOKEN_LEEWAY_SECONDS";
    let leeway = setup.parsed(name)?;
    if leeway > MAX_LEEWAY {
        return Err(StartError::InvalidVariable { name, reason: format!("a number from 0 to {MAX_LEEWAY}") });
    }
    Ok(TokenPolicy {
        issuer: setup.variable("TOKEN_ISSUER")?,
        audience: setup.variable("TOKEN_AUDIENCE")?,
        leeway,
        rules: setup.parsed("ROLE_RULES")?,
    })
}
