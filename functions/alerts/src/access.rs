//! Access to a subscription: finds it, if the caller may see it.

use centops_api::{Call, Operation, Problem};
use centops_domain::{
    callers::{Person, Role, Scope},
    chatbots::Name,
    notifications::SubscriptionId,
};
use centops_store::{Store, StoreError, Versioned, notifications::StoredSubscription};

/// Reads the subscription of the path, if the caller may see it; for a change, if the caller may change it.
///
/// # Errors
/// 400; 404. 403 for a caller who may not see every institution, whether or not the subscription exists.
pub(crate) async fn find<O: Operation<Caller = Person>>(
    call: &Call<'_, O>,
    store: &Store,
) -> Result<Versioned<StoredSubscription>, Problem> {
    let id: SubscriptionId = call.path("subscription")?;
    match store.subscriber(id).await {
        Ok(found) if permits(call, found.value.subscription.coverage.institution()) => Ok(found),
        Ok(_) if call.scope() == Scope::All => {
            Err(Problem::forbidden("Only administrators change subscriptions of the operations centre."))
        }
        Err(StoreError::NotFound) if call.scope() == Scope::All => Err(not_found()),
        Ok(_) | Err(StoreError::NotFound) => Err(Problem::forbidden("Your institutions have no such subscription.")),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the caller may see the subscriptions of `institution`, none for the operations centre; for an
/// operation that changes something, whether the caller may change them.
pub(crate) fn permits<O: Operation<Caller = Person>>(call: &Call<'_, O>, institution: Option<&Name>) -> bool {
    match institution {
        Some(institution) => call.scope().includes(institution),
        None if O::CONTRACT.method == "GET" => call.scope() == Scope::All,
        None => call.caller.has_any_role(&[Role::Admin]),
    }
}

/// Returns the problem of an unknown subscription.
pub(crate) fn not_found() -> Problem {
    Problem::not_found("There is no subscription of that id.")
}
