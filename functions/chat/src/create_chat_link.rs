//! `POST /session/chat-links`: returns a code by which the caller links an account of a chat.
//!
//! The person gets the code where they are signed in, and writes it where they chat. The other way round, whoever got a
//! person to open an address would link an account of their own with that person's roles.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, credentials::Secret};
use centops_store::Store;
use jiff::Timestamp;
use serde::Serialize;

/// The operation.
#[derive(Debug)]
pub struct CreateChatLink;

#[derive(Serialize)]
struct LinkCode {
    code: String,
    until: Timestamp,
}

impl Operation for CreateChatLink {
    const CONTRACT: contract::Operation = operations::CREATE_CHAT_LINK;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let secret = Secret::new(random::bytes()?);
        let until = store.create_chat_code(&secret.hash(), &call.caller.subject, call.now()).await?;
        Ok(reply::json(StatusCode::CREATED, &LinkCode { code: secret.reveal(), until }))
    }
}
