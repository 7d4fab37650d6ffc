//! `DELETE /chatbots/{name}`: removes a chatbot, its route, its health and its certificates.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct DeleteChatbot;

impl Operation for DeleteChatbot {
    const CONTRACT: contract::Operation = operations::DELETE_CHATBOT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (name, expected) = (call.name()?, call.if_match());
        let policies = store.policy().await?.value;
        store.delete_chatbot(&call.audit, &name, expected, &policies).await?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
