//! `POST /subscriptions/{subscription}/unsubscription`: ends the subscription of the recipient of a mail, and tells the
//! institution's other subscriptions.
//!
//! The form of the page posts here, and mail programs do with one click (RFC 8058).

use centops_api::{Anyone, Call, FromSetup, NoBody, Operation, Reply, Setup, StartError};
use centops_contract::{self as contract, operations};

use crate::{
    failure::Failure,
    problems,
    unsubscription::{Page, Unsubscription},
    wake::{self, Waking},
};

/// The operation.
#[derive(Debug)]
pub struct Unsubscribe {
    pub(crate) unsubscription: Unsubscription,
    pub(crate) waking: Waking,
}

impl FromSetup for Unsubscribe {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let unsubscription = Unsubscription::from_setup(setup).await?;
        // The table is opened once.
        let waking = Waking::new(unsubscription.store.clone(), wake::queue(setup)?);
        Ok(Self { unsubscription, waking })
    }
}

impl Operation for Unsubscribe {
    const CONTRACT: contract::Operation = operations::UNSUBSCRIBE;
    type Caller = Anyone;
    type Body = NoBody;
    type State = Self;

    async fn call(Self { unsubscription, waking }: &Self, call: Call<'_, Self>) -> Reply {
        let Some(stored) = unsubscription.find(&call).await? else { return Ok(Page::Invalid.response("")) };
        // The link is of one generation. Another one has a link of its own, and stays as it is.
        let generation = stored.subscription.generation.to_string();
        let error = "the recipient ended the subscription".to_owned();
        let failure = Failure { of: &stored, ended: true, error, id: &generation };
        let wakes = failure.record(&waking.store, &call.audit).await.map_err(problems::of_change)?;
        waking.send(&wakes, call.audit.now).await;
        Ok(Page::Ended.response(&stored.subscription.address.masked()))
    }
}
