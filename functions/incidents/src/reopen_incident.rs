//! `POST /incidents/{incident}/reopening`: opens an incident again.

use centops_api::{Call, NoBody, Operation, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, incidents::Command};
use centops_store::Store;

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct ReopenIncident;

impl Operation for ReopenIncident {
    const CONTRACT: contract::Operation = operations::REOPEN_INCIDENT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        access::carry_out(&call, store, &Command::Reopen).await
    }
}
