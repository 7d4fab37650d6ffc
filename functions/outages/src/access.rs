//! Access to a planned outage: finds it, if the caller may see it.

use std::collections::{BTreeMap, BTreeSet};

use centops_api::{Call, Operation, Problem};
use centops_domain::{
    callers::{Person, Role, Scope},
    chatbots::Name,
    notifications::Present,
    outages::{MAX_CHOSEN, OutageId, PlannedOutage},
};
use centops_store::{Store, StoreError, Versioned};

/// Reads the planned outage of the path, if the caller may see it; for a change, if the caller may change it.
///
/// # Errors
/// 400; 404. 403 for a caller who may not see every institution, whether or not the outage exists.
pub(crate) async fn find<O: Operation<Caller = Person>>(
    call: &Call<'_, O>,
    store: &Store,
) -> Result<Versioned<PlannedOutage>, Problem> {
    let id: OutageId = call.path("outage")?;
    match store.planned_outage(id, call.now()).await {
        Ok(found) if call.scope().includes(&found.value.institution) => Ok(found),
        Err(StoreError::NotFound) if call.scope() == Scope::All => Err(not_found()),
        Ok(_) | Err(StoreError::NotFound) => Err(Problem::forbidden("Your institutions have no such planned outage.")),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the caller confirms planned outages: what such a caller requests needs no other confirmation.
pub(crate) fn is_staff<O: Operation<Caller = Person>>(call: &Call<'_, O>) -> bool {
    call.caller.has_any_role(&[Role::Admin, Role::Operator])
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

/// Returns the problem of an unknown planned outage.
pub(crate) fn not_found() -> Problem {
    Problem::not_found("There is no planned outage of that id.")
}
