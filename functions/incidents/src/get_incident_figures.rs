//! `GET /incident-figures`: returns how soon incidents were detected, acknowledged and over.

use std::collections::BTreeSet;

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, chatbots::Name, incidents::Figures};
use centops_store::Store;
use jiff::SignedDuration;
use serde::Serialize;

/// The longest period.
const MAX_PERIOD: SignedDuration = SignedDuration::from_hours(92 * 24);
/// The period without `from`.
const DEFAULT_PERIOD: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The most incidents of a period.
const MAX_INCIDENTS: usize = 20_000;

/// The figures, and the institutions whose incidents count; none for all.
#[derive(Serialize)]
struct FiguresView {
    #[serde(skip_serializing_if = "Option::is_none")]
    institutions: Option<BTreeSet<Name>>,
    #[serde(flatten)]
    figures: Figures,
}

/// The operation.
#[derive(Debug)]
pub struct GetIncidentFigures;

impl Operation for GetIncidentFigures {
    const CONTRACT: contract::Operation = operations::GET_INCIDENT_FIGURES;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let to = call.time("to")?.unwrap_or_else(|| call.now());
        let from = call.time("from")?.or_else(|| to.checked_sub(DEFAULT_PERIOD).ok());
        let from = from.filter(|from| *from < to && to.duration_since(*from) <= MAX_PERIOD);
        let from = from.ok_or_else(|| Problem::invalid("#query/from", "before `to`, by at most 92 days"))?;
        let institutions = call.scope().narrowed_to(call.query("institution", "the id of an institution")?);
        let incidents = store.incidents_between(institutions.clone(), from, to, MAX_INCIDENTS).await?;
        let incidents = incidents
            .ok_or_else(|| Problem::invalid("#query/from", format!("a period of at most {MAX_INCIDENTS} incidents")))?;
        Ok(reply::json(StatusCode::OK, &FiguresView { institutions, figures: Figures::new(&incidents) }))
    }
}
