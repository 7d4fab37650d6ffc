//! `GET /keys`: the keys that signed answers verify by.

use aws_sdk_secretsmanager::Client;
use centops_api::{Problem, Reply, caller, reply, serve};
use centops_signing::secret::SigningSecret;
use centops_store::audit::Act;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_api::startup::logs();
    let config = centops_api::startup::config()?;
    let audit = &centops_api::startup::audit(&config)?;
    let secret = &SigningSecret::new(Client::new(&config), centops_api::startup::variable("ROUTES_SECRET_ARN")?);
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { list(secret, &act, &request).await }).await
}

async fn list(secret: &SigningSecret, act: &Act<'_>, request: &Request) -> Reply {
    caller::device(request)?;
    let signer = secret.signer(act.now).await.map_err(Problem::unavailable)?;
    Ok(reply::json(StatusCode::OK, signer.jwks()))
}
