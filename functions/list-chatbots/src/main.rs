//! `GET /chatbots`: the chatbots by name, a page at a time.

use std::collections::BTreeSet;

use centops_api::{Problem, Reply, caller, cursor, reply, request, serve};
use centops_domain::{
    caller::{Person, Role},
    chatbot::Chatbot,
    name::Name,
};
use centops_participants::admin;
use centops_store::{Store, chatbots::Filter};
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 100;

#[derive(Serialize)]
struct ChatbotPage {
    chatbots: Vec<Chatbot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { list(store, &request).await }).await
}

async fn list(store: &Store, request: &Request) -> Reply {
    if admin::asked(request) {
        return admin::list(store, request).await;
    }
    let person = caller::person(request, &Role::ALL)?;
    let limit = request::limit(request, PAGE, LARGEST_PAGE)?;
    let after = cursor::asked(request)?;
    let page = store.chatbots(&filter(request, &person)?, after.as_ref(), limit.into()).await?;
    let next = page.next.as_ref().map(cursor::after);
    Ok(reply::json(StatusCode::OK, &ChatbotPage { chatbots: page.chatbots, next }))
}

/// What the request asks for, within what the person may see.
fn filter(request: &Request, person: &Person) -> Result<Filter, Problem> {
    let asked: Option<Name> = request::query(request, "institution", "the name of an institution")?;
    let own = !person.has(&Role::STAFF);
    let institutions = match asked {
        Some(asked) => Some(if person.reaches(&asked) { BTreeSet::from([asked]) } else { BTreeSet::new() }),
        None if own => Some(person.institutions.clone()),
        None => None,
    };
    Ok(Filter {
        status: request::query(request, "status", "Unknown, Online or Offline")?,
        kind: request::query(request, "type", "ministry or institution")?,
        institutions,
    })
}
