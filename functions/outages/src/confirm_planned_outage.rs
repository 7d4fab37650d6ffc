//! `POST /planned-outages/{outage}/confirmation`: confirms a planned outage that an owner requested.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, outages::PlannedOutage};
use centops_store::Store;

use crate::{access, problems};

/// The operation.
#[derive(Debug)]
pub struct ConfirmPlannedOutage;

impl Operation for ConfirmPlannedOutage {
    const CONTRACT: contract::Operation = operations::CONFIRM_PLANNED_OUTAGE;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (now, id) = (call.now(), access::find(&call, store).await?.value.id);
        let change = |old: &PlannedOutage| old.confirmed(now);
        let changed = store.change_planned_outage(&call.audit, id, call.if_match(), change).await;
        let changed = changed.map_err(problems::of_change)?;
        Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value.view(now)))
    }
}
