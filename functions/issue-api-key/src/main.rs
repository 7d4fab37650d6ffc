//! `POST /api-keys`: issues an API key to a DMR or a chatbot. Its secret is in this answer and nowhere else.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    api_key::{ApiKey, IssuedApiKey, KeyId, NewApiKey, Secret},
    caller::Role,
};
use centops_store::{Store, StoreError, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

/// How often another id is tried where the holder has a key of that one: a chance of one in a thousand million.
const ATTEMPTS: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { issue(store, &act, &request).await }).await
}

async fn issue(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let new: NewApiKey = request::body(request)?;
    for _ in 0..ATTEMPTS {
        let (mut id, mut dice) = ([0; 6], [0; 32]);
        getrandom::fill(&mut id).map_err(Problem::internal)?;
        getrandom::fill(&mut dice).map_err(Problem::internal)?;
        let secret = Secret::new(KeyId::new(id), dice);
        let key = ApiKey::issued(secret.id.clone(), new.clone(), act.now);
        match store.put_api_key(act, &key, &secret.hash()).await {
            Err(StoreError::Exists) => {}
            stored => {
                stored?;
                let issued = IssuedApiKey { key, secret: secret.reveal() };
                return Ok(reply::json(StatusCode::CREATED, &issued));
            }
        }
    }
    Err(Problem::internal("no free id for an API key"))
}
