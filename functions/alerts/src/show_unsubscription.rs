//! `GET /subscriptions/{subscription}/unsubscription`: shows the recipient of a mail a page that ends the subscription.
//!
//! It changes nothing: mail gateways open every link.

use centops_api::{Anyone, Call, NoBody, Operation, Reply};
use centops_contract::{self as contract, operations};

use crate::unsubscription::{self, Page, Unsubscription};

/// The operation.
#[derive(Debug)]
pub struct ShowUnsubscription;

impl Operation for ShowUnsubscription {
    const CONTRACT: contract::Operation = operations::SHOW_UNSUBSCRIPTION;
    type Caller = Anyone;
    type Body = NoBody;
    type State = Unsubscription;

    async fn call(state: &Unsubscription, call: Call<'_, Self>) -> Reply {
        let page = match state.find(&call).await? {
            Some(stored) => unsubscription::page(&stored.subscription),
            None => Page::Invalid.response(""),
        };
        Ok(page)
    }
}
