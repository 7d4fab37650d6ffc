//! `DELETE /admin/institutions/{institution}`: removes an institution that no participant names.

use centops_api::{Call, NoBody, Operation, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, chatbots::Name};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct DeleteInstitution {
    store: Store,
}

impl Operation for DeleteInstitution {
    const CONTRACT: contract::Operation = operations::DELETE_INSTITUTION;
    type Caller = Person;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let id: Name = call.path("institution")?;
        self.store.delete_institution(&call.audit, &id, call.if_match()?).await?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
