//! `PUT /chatbots/{name}/control`: an administrator forces a status, or holds it as it is.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    caller::Role,
    control::{Control, NewControl},
    view::HealthView,
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { set(store, &act, &request).await }).await
}

async fn set(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    let person = caller::person(request, &[Role::Admin, Role::Operator])?;
    let (name, now) = (request::name(request)?, act.now);
    let new: NewControl = request::body(request)?;
    if new.has_ended(now) {
        return Err(Problem::invalid("#/until", "a time in the future"));
    }
    let policies = store.policy().await?.value;
    let control = Control::new(new, person.subject, now);
    let health = store.control(act, &name, Some(control), &policies).await?;
    let policy = policies.of(&name);
    Ok(reply::json(StatusCode::OK, &HealthView::new(name.clone(), &health, policy, now)))
}
