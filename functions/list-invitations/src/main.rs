//! `GET /invitations`: the invitations, newest first, a page at a time.

use centops_api::{Reply, caller, cursor, reply, request, serve};
use centops_domain::{
    caller::Role,
    invitation::view::{InvitationView, Reader},
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 100;
const STATUS_RULE: &str = "invited, expired, submitted, approved, rejected or withdrawn";

#[derive(Serialize)]
struct InvitationPage<'a> {
    invitations: Vec<InvitationView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { list(store, &act, &request).await }).await
}

async fn list(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &Role::STAFF)?;
    let limit = request::limit(request, PAGE, LARGEST_PAGE)?;
    let after = cursor::asked(request)?;
    let status = request::query(request, "status", STATUS_RULE)?;
    let page = store.invitations(status, after.as_ref(), limit.into(), act.now).await?;
    let show = |invitation| InvitationView::new(invitation, Reader::Staff, act.now);
    let invitations = page.invitations.iter().map(show).collect();
    Ok(reply::json(StatusCode::OK, &InvitationPage { invitations, next: page.next.as_ref().map(cursor::after) }))
}
