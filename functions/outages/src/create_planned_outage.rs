//! `POST /planned-outages`: plans an outage of an institution's chatbots.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    outages::{Covered, OutageId, PlannedOutage, PlannedOutageRequest},
};
use centops_store::Store;

use crate::{access, problems};

/// The operation.
#[derive(Debug)]
pub struct CreatePlannedOutage;

impl Operation for CreatePlannedOutage {
    const CONTRACT: contract::Operation = operations::CREATE_PLANNED_OUTAGE;
    type Caller = Person;
    type Body = Json<PlannedOutageRequest>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (now, Json(request)) = (call.now(), &call.body);
        if !call.scope().includes(&request.institution) {
            return Err(Problem::forbidden("The institution is not among yours."));
        }
        let present = access::present(store, request.chatbots.as_ref()).await?;
        let chatbots = Covered::new(&request.institution, request.chatbots.as_ref(), &present);
        let chatbots = chatbots.map_err(|error| Problem::invalid("#/chatbots", error))?;
        let id = OutageId::new(now, &random::bytes()?);
        let planned = PlannedOutage::new(request, id, chatbots, access::confirms(&call), now);
        let (outage, reported) = planned.map_err(|error| problems::of_request(&error))?;
        let created = store.create_planned_outage(&call.audit, outage, reported).await.map_err(problems::of_change)?;
        let response = reply::versioned(StatusCode::CREATED, created.version, &created.value.view(now));
        reply::located(response, &format!("/planned-outages/{id}"))
    }
}
