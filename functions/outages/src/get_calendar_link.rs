//! `GET /institutions/{institution}/calendar`: returns the link of an institution's calendar of planned outages.

use aws_sdk_secretsmanager::Client as SecretsManager;
use centops_api::{Call, FromSetup, NoBody, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_delivery::NotificationSecret;
use centops_domain::{callers::Person, chatbots::Name};
use serde::Serialize;
use url::Url;

/// The operation.
#[derive(Debug)]
pub struct GetCalendarLink {
    secret: NotificationSecret,
    /// The base URL of the API.
    base: Url,
}

#[derive(Serialize)]
struct CalendarLink {
    url: Url,
}

/// Returns the secret from which the tokens of calendars are derived. The first use reads it.
pub(crate) fn secret(setup: &Setup) -> Result<NotificationSecret, StartError> {
    let client = SecretsManager::new(setup.config());
    Ok(NotificationSecret::new(client, setup.variable("NOTIFICATION_SECRET_ARN")?))
}

impl FromSetup for GetCalendarLink {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { secret: secret(setup)?, base: setup.parsed("PUBLIC_ADDRESS")? })
    }
}

impl Operation for GetCalendarLink {
    const CONTRACT: contract::Operation = operations::GET_CALENDAR_LINK;
    type Caller = Person;
    type Body = NoBody;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let institution: Name = call.path("institution")?;
        if !call.scope().includes(&institution) {
            return Err(Problem::forbidden("The institution is not among yours."));
        }
        let secret = state.secret.value(call.now()).await.map_err(Problem::unavailable)?;
        let mut url = state.base.clone();
        url.set_path(&format!("{}/calendar", state.base.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("token", &secret.calendar_token(&institution));
        Ok(reply::json(StatusCode::OK, &CalendarLink { url }))
    }
}
