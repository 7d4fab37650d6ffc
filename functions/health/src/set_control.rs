//! `PUT /chatbots/{name}/control`: overrides the status of a chatbot, or holds it as it is.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    health::{Control, HealthView, NewControl},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct SetControl;

impl Operation for SetControl {
    const CONTRACT: contract::Operation = operations::SET_CONTROL;
    type Caller = Person;
    type Body = Json<NewControl>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (name, now) = (call.name()?, call.now());
        let Json(new) = call.body;
        if new.has_ended(now) {
            return Err(Problem::invalid("#/until", "a time in the future"));
        }
        let policies = store.policy().await?.value;
        let control = Control::new(new, call.caller.subject, now);
        let health = store.set_control(&call.audit, &name, Some(control), &policies).await?;
        let policy = policies.for_chatbot(&name);
        Ok(reply::json(StatusCode::OK, &HealthView::new(name.clone(), &health, policy, now)))
    }
}
