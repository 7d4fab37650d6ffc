//! `POST /incidents/{incident}/acknowledgement`: says that somebody looks at an incident.

use centops_api::{Call, Json, Operation, Problem, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    incidents::{Command, MAX_ACKNOWLEDGED_HOURS},
};
use centops_store::Store;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::access;

/// The hours after which an acknowledgement ends.
const DEFAULT_HOURS: u8 = 4;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAcknowledgement {
    hours: Option<u8>,
}

/// The operation.
#[derive(Debug)]
pub struct AcknowledgeIncident;

impl Operation for AcknowledgeIncident {
    const CONTRACT: contract::Operation = operations::ACKNOWLEDGE_INCIDENT;
    type Caller = Person;
    type Body = Json<NewAcknowledgement>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let hours = call.body.0.hours.unwrap_or(DEFAULT_HOURS);
        if !(1..=MAX_ACKNOWLEDGED_HOURS).contains(&hours) {
            return Err(Problem::invalid("#/hours", format!("1 to {MAX_ACKNOWLEDGED_HOURS}")));
        }
        let command = Command::Acknowledge(SignedDuration::from_hours(hours.into()));
        access::carry_out(&call, store, &command).await
    }
}
