//! `GET /keys`: returns the public keys that verify signed responses.

use aws_sdk_secretsmanager::Client;
use centops_api::{Call, Device, FromSetup, NoBody, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_signing::SigningSecret;

/// The operation.
#[derive(Debug)]
pub struct ListSigningKeys {
    secret: SigningSecret,
}

impl FromSetup for ListSigningKeys {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let client = Client::new(setup.config());
        Ok(Self { secret: SigningSecret::new(client, setup.variable("ROUTES_SECRET_ARN")?) })
    }
}

impl Operation for ListSigningKeys {
    const CONTRACT: contract::Operation = operations::LIST_SIGNING_KEYS;
    type Caller = Device;
    type Body = NoBody;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let signer = state.secret.value(call.now()).await.map_err(Problem::unavailable)?;
        Ok(reply::json(StatusCode::OK, signer.jwks()))
    }
}
