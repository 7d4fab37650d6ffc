//! `POST /subscriptions/{subscription}/confirmation`: confirms a subscription by its code, or asks the recipient again.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    notifications::{CodeError, Confirmation, ConfirmationCode, State},
};
use centops_store::{
    Versioned,
    audit::AuditContext,
    notifications::{ConfirmError, StoredSubscription},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{access, problems, recipients::Recipients};

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewConfirmation {
    #[serde(default)]
    code: Option<ConfirmationCode>,
}

/// The operation.
#[derive(Debug)]
pub struct ConfirmSubscription;

impl Operation for ConfirmSubscription {
    const CONTRACT: contract::Operation = operations::CONFIRM_SUBSCRIPTION;
    type Caller = Person;
    type Body = Json<NewConfirmation>;
    type State = Recipients;

    async fn call(recipients: &Recipients, call: Call<'_, Self>) -> Reply {
        let found = access::find(&call, recipients.store()).await?;
        let found = match found.value.subscription.state.at(call.now()) {
            State::Pending { .. } => request(recipients, &call.audit, found, call.body.0.code.as_ref()).await?,
            State::Active { .. } | State::Paused { .. } => found,
            state @ (State::Failing { .. } | State::Ended { .. }) => return Err(problems::not_active(&state)),
        };
        let subscription = &found.value.subscription;
        Ok(reply::versioned(StatusCode::OK, found.version, &subscription.view(call.now())))
    }
}

/// Confirms the pending subscription `found` by `code`, or asks its recipient again.
async fn request(
    recipients: &Recipients,
    audit: &AuditContext<'_>,
    found: Versioned<StoredSubscription>,
    code: Option<&ConfirmationCode>,
) -> Result<Versioned<StoredSubscription>, Problem> {
    if let Some(code) = code {
        try_code(recipients, &found.value, code, audit.now).await?;
        return recipients.confirmations.confirm(audit, &found.value).await;
    }
    let found = recipients.confirmations.refresh(audit, found).await?;
    match found.value.subscription.state {
        State::Pending { .. } => recipients.ask(audit, found, "#").await,
        _ => Ok(found),
    }
}

/// Tries `code`.
async fn try_code(
    recipients: &Recipients,
    stored: &StoredSubscription,
    code: &ConfirmationCode,
    now: Timestamp,
) -> Result<(), Problem> {
    let subscription = &stored.subscription;
    if subscription.address.channel().confirmation() != Confirmation::Code {
        return Err(Problem::conflict("The recipient of this channel confirms without a code."));
    }
    let tried = recipients.store().try_code(subscription.id, subscription.generation, code, now).await;
    tried.map_err(|error| match error {
        ConfirmError::Code(CodeError::Wrong) => Problem::invalid("#/code", CodeError::Wrong),
        error => problems::of_confirmation(error),
    })
}
