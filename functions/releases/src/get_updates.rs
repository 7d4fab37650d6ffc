//! `GET /updates`: returns the updates of the components of the calling chatbot.

use centops_api::{Call, Chatbot, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::releases::Update;
use centops_store::Store;
use serde::Serialize;

#[derive(Serialize)]
struct Updates {
    updates: Vec<Update>,
}

/// The operation.
#[derive(Debug)]
pub struct GetUpdates;

impl Operation for GetUpdates {
    const CONTRACT: contract::Operation = operations::GET_UPDATES;
    type Caller = Chatbot;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let Chatbot(name) = &call.caller;
        let chatbot = store.chatbot(name).await?;
        let updates = store.updates(&chatbot.value.versions).await?;
        Ok(reply::json(StatusCode::OK, &Updates { updates }))
    }
}
