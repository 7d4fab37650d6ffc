//! `GET /integration/clients`: the chatbots with their public keys, for clients of the third generation.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_participants::{
    LONGEST,
    clients::{ClientList, USUAL_PAGE},
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { list(store, &act, &request).await }).await
}

async fn list(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::dmr(request)?;
    let page = number(request, "page", 1)?;
    let page_size = number(request, "pageSize", USUAL_PAGE)?;
    let chatbots = store.keyed_chatbots(act.now).await?;
    let response = reply::json(StatusCode::OK, &ClientList::new(chatbots, page, page_size));
    // A part of the list would take the queues of the rest.
    if response.body().len() > LONGEST {
        return Err(Problem::internal("the list of clients is longer than an answer may be"));
    }
    Ok(response)
}

fn number(request: &Request, name: &str, usual: u32) -> Result<u32, Problem> {
    const LARGEST: u32 = 1_000_000;
    let rule = format!("a number from 1 to {LARGEST}");
    let number = request::query(request, name, &rule)?.unwrap_or(usual);
    let fits = (1..=LARGEST).contains(&number);
    if fits { Ok(number) } else { Err(Problem::invalid(format!("#query/{name}"), rule)) }
}
