//! `PATCH /chatbots/{name}`: changes some fields of a chatbot, and its route where the address changes.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{AllowedNetworks, ChatbotChange},
};
use centops_egress::filter;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct UpdateChatbot;

impl Operation for UpdateChatbot {
    const CONTRACT: contract::Operation = operations::UPDATE_CHATBOT;
    type Caller = Person;
    type Body = Json<ChatbotChange>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let (name, Json(change)) = (call.name()?, &call.body);
        if change.is_empty() {
            return Err(Problem::invalid("#", "a change names at least one field"));
        }
        if let Some(uri) = &change.uri {
            filter::check(uri, networks).await.map_err(|error| Problem::invalid("#/uri", error))?;
        }
        let changed = store.update_chatbot(&call.audit, &name, call.if_match(), change).await?;
        Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
    }
}
