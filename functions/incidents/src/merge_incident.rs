//! `PUT /incidents/{incident}/parent`: makes an incident a part of another one.

use centops_api::{Call, Json, Operation, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, incidents::IncidentId};
use centops_store::Store;
use serde::Deserialize;

use crate::access;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewParent {
    parent: IncidentId,
}

/// The operation.
#[derive(Debug)]
pub struct MergeIncident;

impl Operation for MergeIncident {
    const CONTRACT: contract::Operation = operations::MERGE_INCIDENT;
    type Caller = Person;
    type Body = Json<NewParent>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (id, author) = (access::find(&call, store).await?.value.id, access::author(&call));
        let merged = store.merge_incident(&call.audit, id, call.body.0.parent, &author).await;
        access::answer(&call, merged)
    }
}
