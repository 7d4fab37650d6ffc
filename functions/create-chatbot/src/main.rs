//! `POST /chatbots`: enrols a chatbot. It starts as Unknown, due to be probed.

use centops_domain::{
    caller::Role,
    chatbot::{Chatbot, NewChatbot},
};
use centops_http::{Reply, caller, reply, request, serve};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { create(store, &act, &request).await }).await
}

async fn create(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let new: NewChatbot = request::body(request)?;
    let created = store.create_chatbot(act, Chatbot::enrol(new, act.now)).await?;
    let location = format!("/chatbots/{}", created.value.name);
    reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
}
