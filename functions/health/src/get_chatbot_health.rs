//! `GET /chatbots/{name}/health`: returns the health of a chatbot, and why it is or is not routed.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Role},
    health::HealthView,
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetChatbotHealth;

impl Operation for GetChatbotHealth {
    const CONTRACT: contract::Operation = operations::GET_CHATBOT_HEALTH;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let name = call.chatbot_in_scope(store).await?.value.name;
        let (health, policies) = tokio::try_join!(store.health(&name), store.policy())?;
        let view = HealthView::new(name.clone(), &health.value, policies.value.for_chatbot(&name), call.now());
        let view = if call.caller.has_any_role(&Role::STAFF) { view } else { view.without_persons() };
        Ok(reply::json(StatusCode::OK, &view))
    }
}
