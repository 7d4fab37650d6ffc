//! `POST /subscriptions/{subscription}/unsubscription`: ends the subscription of the recipient of a mail.
//!
//! The form of the page posts here, and mail programs do with one click (RFC 8058).

use centops_api::{Anyone, Call, NoBody, Operation, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::notifications::EndedBy;
use centops_store::{IfMatch, notifications::StoredSubscription};

use crate::{
    problems,
    unsubscription::{self, Page, Unsubscription},
};

/// The operation.
#[derive(Debug)]
pub struct Unsubscribe;

impl Operation for Unsubscribe {
    const CONTRACT: contract::Operation = operations::UNSUBSCRIBE;
    type Caller = Anyone;
    type Body = NoBody;
    type State = Unsubscription;

    async fn call(state: &Unsubscription, call: Call<'_, Self>) -> Reply {
        let Some(subscription) = state.find(&call).await? else { return Ok(Page::Invalid.response("")) };
        // The link is of one generation. Another one has a link of its own.
        let end = |old: &StoredSubscription| {
            Ok(old.of_generation(subscription.generation)?.ended(EndedBy::Recipient, call.audit.now))
        };
        let changed = state.store.change_subscriber(&call.audit, subscription.id, IfMatch::Any, end).await;
        let stored = changed.map_err(problems::of_change)?.value;
        Ok(unsubscription::page(&stored.subscription))
    }
}
