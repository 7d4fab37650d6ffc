//! `GET /subscriptions/{subscription}/messages`: lists the messages to a subscription, newest first.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_masking::mask;
use centops_store::{
    Store,
    notifications::{Message, MessageState},
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::access;

/// A message, without its text. An error is masked: the recipient's system may repeat the address in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageView<'a> {
    id: &'a str,
    at: Timestamp,
    subject: &'a str,
    state: &'static str,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl<'a> MessageView<'a> {
    fn new(message: &'a Message) -> Self {
        let (state, changed_at, next_attempt_at, error) = match &message.state {
            MessageState::Sending => ("sending", None, None, None),
            MessageState::Sent { at, .. } => ("sent", Some(*at), None, None),
            MessageState::Waiting { until, error } => ("waiting", None, Some(*until), Some(error)),
            MessageState::Failed { at, error } => ("failed", Some(*at), None, Some(error)),
        };
        let Message { id, at, subject, attempts, .. } = message;
        let error = error.map(|error| mask(error));
        Self { id, at: *at, subject, state, attempts: *attempts, changed_at, next_attempt_at, error }
    }
}

/// The operation.
#[derive(Debug)]
pub struct ListMessages;

impl Operation for ListMessages {
    const CONTRACT: contract::Operation = operations::LIST_MESSAGES;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<Uuid>()?;
        let subscription = access::find(&call, store).await?.value.subscription;
        let after = after.map(|id| id.to_string());
        let page = store.messages(subscription.id, after.as_deref(), limit.into()).await?;
        let views: Vec<_> = page.items.iter().map(MessageView::new).collect();
        Ok(reply::page("messages", &views, page.next.as_ref()))
    }
}
