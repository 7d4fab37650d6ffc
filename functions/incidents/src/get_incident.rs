//! `GET /incidents/{incident}`: returns one incident, with what helped in similar ones.

use centops_api::{Call, FromSetup, NoBody, Operation, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    incidents::{AdviceView, Incident},
};
use centops_store::{Store, incidents::PastCache};

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct GetIncident {
    store: Store,
    past: PastCache,
}

impl FromSetup for GetIncident {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self::new(setup.store().await?))
    }
}

impl Operation for GetIncident {
    const CONTRACT: contract::Operation = operations::GET_INCIDENT;
    type Caller = Person;
    type Body = NoBody;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let found = access::find(&call, &state.store).await?;
        if call.has_version(found.version) {
            return Ok(reply::not_modified(found.version));
        }
        let advice = state.advice(&call, &found.value).await;
        let view = access::view(&call, found.value).with_advice(advice);
        Ok(reply::versioned(StatusCode::OK, found.version, &view))
    }
}

impl GetIncident {
    /// Returns the operation on `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, past: PastCache::default() }
    }

    /// Returns what helped in incidents like `incident`, as the caller may see it. The incident is shown without it if the table
    /// does not answer.
    async fn advice(&self, call: &Call<'_, Self>, incident: &Incident) -> Option<AdviceView> {
        if !incident.is_advised() {
            return None;
        }
        let scope = call.scope();
        match self.past.current(&self.store, call.now()).await {
            Ok(past) => Some(AdviceView::new(incident.advice(&past)?, |institution| scope.includes(institution))),
            Err(error) => {
                let id = incident.id;
                tracing::warn!(%error, incident = %id, "failed to read past incidents incident={id}");
                None
            }
        }
    }
}
