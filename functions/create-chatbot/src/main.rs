//! `POST /chatbots`: enrols a chatbot. It starts as Unknown, due to be probed.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    address::AllowedNetworks,
    caller::Role,
    chatbot::{Chatbot, NewChatbot},
};
use centops_egress::reach;
use centops_participants::admin;
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let allowed = &AllowedNetworks::parse(&centops_api::startup::variable("PROBE_NETWORKS")?)?;
    let create = |request, act| async move { create(store, allowed, &act, &request).await };
    serve(env!("CARGO_PKG_NAME"), audit, create).await
}

async fn create(store: &Store, allowed: &AllowedNetworks, act: &Act<'_>, request: &Request) -> Reply {
    if admin::asked(request) {
        return admin::create(store, allowed, act, request).await;
    }
    caller::person(request, &[Role::Admin])?;
    let new: NewChatbot = request::body(request)?;
    reach::check(&new.uri, allowed).await.map_err(|why| Problem::invalid("#/uri", why))?;
    let created = store.create_chatbot(act, Chatbot::enrol(new, act.now)).await?;
    let location = format!("/chatbots/{}", created.value.name);
    reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
}
