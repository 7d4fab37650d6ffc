//! `POST /chatbots`: enrols a chatbot. It starts as Unknown, due to be probed.

use centops_domain::{
    address::AllowedNetworks,
    caller::Role,
    chatbot::{Chatbot, NewChatbot},
};
use centops_http::{Problem, Reply, caller, reply, request, serve};
use centops_probe::reach;
use centops_store::Store;
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_startup::store().await?;
    let allowed = &AllowedNetworks::parse(&centops_startup::variable("PROBE_NETWORKS")?)?;
    serve(|request| async move { create(store, allowed, &request).await }).await
}

async fn create(store: &Store, allowed: &AllowedNetworks, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let new: NewChatbot = request::body(request)?;
    reach::check(&new.uri, allowed).await.map_err(|why| Problem::invalid("#/uri", why))?;
    let created = store.create_chatbot(Chatbot::enrol(new, Timestamp::now())).await?;
    let location = format!("/chatbots/{}", created.value.name);
    reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
}
