//! `POST /admin/institutions`: records an institution.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    caller::Role,
    institution::{Institution, NewInstitution},
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { create(store, &act, &request).await }).await
}

async fn create(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let new: NewInstitution = request::body(request)?;
    let id = new.id.clone().or_else(|| new.name.id());
    let id = id.ok_or_else(|| Problem::invalid("#/id", "no id can be made of the name: give one"))?;
    let created = store.create_institution(act, Institution::new(id, new)).await?;
    let location = format!("/admin/institutions/{}", created.value.id);
    reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
}
