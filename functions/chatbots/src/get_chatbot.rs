//! `GET /chatbots/{name}`: returns one chatbot.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetChatbot;

impl Operation for GetChatbot {
    const CONTRACT: contract::Operation = operations::GET_CHATBOT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let chatbot = call.chatbot_in_scope(store).await?;
        if call.has_version(chatbot.version) {
            return Ok(reply::not_modified(chatbot.version));
        }
        Ok(reply::versioned(StatusCode::OK, chatbot.version, &chatbot.value))
    }
}
