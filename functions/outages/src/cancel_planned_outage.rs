//! `DELETE /planned-outages/{outage}`: cancels a planned outage.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, outages::PlannedOutage};
use centops_store::Store;

use crate::{access, problems};

/// The operation.
#[derive(Debug)]
pub struct CancelPlannedOutage;

impl Operation for CancelPlannedOutage {
    const CONTRACT: contract::Operation = operations::CANCEL_PLANNED_OUTAGE;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (now, id) = (call.now(), access::find(&call, store).await?.value.id);
        let cancel = |old: &PlannedOutage| old.cancelled(now);
        let cancelled = store.change_planned_outage(&call.audit, id, call.if_match(), cancel).await;
        cancelled.map_err(problems::of_change)?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
