//! `POST /incidents/{incident}/dismissal`: dismisses an incident that is none.

use centops_api::{Call, NoBody, Operation, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, incidents::Command};
use centops_store::Store;

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct DismissIncident;

impl Operation for DismissIncident {
    const CONTRACT: contract::Operation = operations::DISMISS_INCIDENT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        access::carry_out(&call, store, &Command::Dismiss).await
    }
}
