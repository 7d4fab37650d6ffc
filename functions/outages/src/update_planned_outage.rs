//! `PATCH /planned-outages/{outage}`: changes a planned outage, or moves the end of the occurrence that is in progress.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    outages::{Covered, PlannedOutage, PlannedOutageUpdate},
};
use centops_store::Store;

use crate::{access, problems};

/// The operation.
#[derive(Debug)]
pub struct UpdatePlannedOutage;

impl Operation for UpdatePlannedOutage {
    const CONTRACT: contract::Operation = operations::UPDATE_PLANNED_OUTAGE;
    type Caller = Person;
    type Body = Json<PlannedOutageUpdate>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (now, Json(update), staff) = (call.now(), &call.body, access::confirms(&call));
        if update.is_empty() {
            return Err(Problem::invalid("#", "a change names at least one field"));
        }
        let PlannedOutage { id, institution, .. } = access::find(&call, store).await?.value;
        let chatbots = match &update.chatbots {
            None => None,
            Some(chosen) => {
                let present = access::present(store, chosen.names()).await?;
                let covered = Covered::new(&institution, chosen.names(), &present);
                Some(covered.map_err(|error| Problem::invalid("#/chatbots", error))?)
            }
        };
        let change = |old: &PlannedOutage| old.updated(update, chatbots.clone(), staff, now);
        let changed = store.change_planned_outage(&call.audit, id, call.if_match(), change).await;
        let changed = changed.map_err(problems::of_change)?;
        Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value.view(now)))
    }
}
