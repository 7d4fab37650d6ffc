//! `GET /routes`: the route table, or what changed in it. An unchanged table costs one small read.

mod answer;
mod coding;
mod routes;
#[cfg(test)]
mod tests;

use aws_sdk_secretsmanager::Client;
use centops_api::{Problem, Reply, caller, cursor, request, serve};
use centops_signing::secret::SigningSecret;
use lambda_http::{Error, Request};
use tokio::sync::Mutex;

use crate::routes::{Part, Routes};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_api::startup::logs();
    let config = centops_api::startup::config()?;
    let (store, audit) = centops_api::startup::audited_with(&config).await?;
    let signing = SigningSecret::new(Client::new(&config), centops_api::startup::variable("ROUTES_SECRET_ARN")?);
    let (routes, audit) = (&Routes { store, signing, largest: answer::LARGEST, kept: Mutex::default() }, &audit);
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(routes, &request).await }).await
}

async fn get(routes: &Routes, request: &Request) -> Reply {
    caller::dmr(request)?;
    if request::query::<String>(request, "wait", "")?.is_some() {
        let instead = "there are no long polls: PUT /route-subscription brings each change to a queue of yours";
        return Err(Problem::invalid("#query/wait", instead));
    }
    let since = request::query(request, "since", "a revision, a number from 0")?;
    let part = match (cursor::asked(request)?, since) {
        (None, None) => Part::Whole,
        (None, Some(since)) => Part::Since(since),
        (Some(place), None) => Part::Page(place),
        (Some(_), Some(_)) => return Err(Problem::invalid("#query/since", "not together with a cursor")),
    };
    let consistency = request::query(request, "consistency", "strong or eventual")?.unwrap_or_default();
    routes.answer(part, consistency, request.headers()).await
}
