//! Access to a planned outage: finds it, if the caller may see it.

use std::collections::{BTreeMap, BTreeSet};

use centops_api::{Call, Operation, Problem};
use centops_domain::{
    callers::{Person, Scope},
    chatbots::Name,
    notifications::Present,
    outages::{MAX_CHOSEN, OutageId, PlannedOutage},
};
use centops_store::{Store, StoreError, Versioned};

/// The detail of the problem of an unknown planned outage.
pub(crate) const UNKNOWN: &str = "There is no planned outage of that id.";

/// Reads the planned outage of the path, if the caller may see it; for a change, if the caller may change it.
///
/// # Errors
/// 400; 404. 403 for a caller who may not see every institution, whether or not the outage exists.
pub(crate) async fn find<O: Operation<Caller = Person>>(
    call: &Call<'_, O>,
    store: &Store,
) -> Result<Versioned<PlannedOutage>, Problem> {
    let id: OutageId = call.path("outage")?;
    let found = store.planned_outage(id, call.now()).await;
    call.in_scope(found, |found| Some(&found.institution), "Your institutions have no such planned outage.", UNKNOWN)
}

/// Returns whether the caller confirms planned outages: what such a caller requests needs no other confirmation.
pub(crate) fn confirms<O: Operation<Caller = Person>>(call: &Call<'_, O>) -> bool {
    call.scope() == Scope::All
}

/// Returns the present facts of the chatbots `names`. More than can be chosen are not read.
pub(crate) async fn present(
    store: &Store,
    names: Option<&BTreeSet<Name>>,
) -> Result<BTreeMap<Name, Present>, StoreError> {
    match names.filter(|names| names.len() <= MAX_CHOSEN) {
        Some(names) => store.present_chatbots(names).await,
        None => Ok(BTreeMap::new()),
    }
}
