//! `GET /calendar`: returns an institution's calendar of planned outages, to whoever has its link.

use centops_api::{Anyone, Call, FromSetup, NoBody, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_delivery::NotificationSecret;
use centops_domain::outages::calendar;
use centops_store::Store;
use lambda_http::http::{HeaderValue, header};

use crate::get_calendar_link::secret;

/// The operation.
#[derive(Debug)]
pub struct ShowCalendar {
    store: Store,
    secret: NotificationSecret,
}

impl FromSetup for ShowCalendar {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, secret: secret(setup)? })
    }
}

impl Operation for ShowCalendar {
    const CONTRACT: contract::Operation = operations::SHOW_CALENDAR;
    type Caller = Anyone;
    type Body = NoBody;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let token = call.query::<String>("token", "the token in the link")?.unwrap_or_default();
        let secret = state.secret.value(call.now()).await.map_err(Problem::unavailable)?;
        let institution = secret.institution_of_calendar(&token);
        let institution = institution.ok_or_else(|| Problem::not_found("The link is not valid: ask for another."))?;
        let outages = state.store.outages_of(&institution, call.now()).await?;
        let text = calendar(&institution, &outages, call.now());
        let mut response = reply::text(StatusCode::OK, "text/calendar; charset=utf-8", text);
        // The link is a secret, which shared caches do not learn.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
        Ok(response)
    }
}
