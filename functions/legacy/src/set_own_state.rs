//! `PUT /public/participants/my/state`: a chatbot takes itself out of routing, or back in.

use centops_api::{Call, Chatbot, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{chatbots::Name, health::Control, text::Reason};
use centops_store::{Store, StoreError, audit::AuditContext};
use serde::{Deserialize, Serialize};

use crate::participant::ParticipantStatus;

/// The reason in a control that a chatbot set itself.
const REASON: &str = "The chatbot took itself out of routing.";

/// The body of the request: a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OwnState {
    /// The status follows the health.
    Active,
    /// Forced Offline.
    Disabled,
    /// Reserved for administrators.
    Deleted,
}

/// The body of the response.
#[derive(Serialize)]
struct OwnStateReply {
    id: Name,
    status: ParticipantStatus,
}

/// Sets the state of the calling chatbot: `Disabled` forces it Offline until `Active`.
#[derive(Debug)]
pub struct SetOwnState;

impl Operation for SetOwnState {
    const CONTRACT: contract::Operation = operations::SET_OWN_STATE;
    type Caller = Chatbot;
    type Body = Json<OwnState>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let name = &call.caller.0;
        let status = match call.body.0 {
            OwnState::Active => ParticipantStatus::Active,
            OwnState::Disabled => ParticipantStatus::Disabled,
            OwnState::Deleted => {
                let text = "A participant is Active or Disabled; only an administrator removes it.".to_owned();
                return Ok(reply::text(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", text));
            }
        };
        change_control(store, &call.audit, name, status).await?;
        Ok(reply::json(StatusCode::OK, &OwnStateReply { id: name.clone(), status }))
    }
}

/// Sets or removes the chatbot's own control.
async fn change_control(
    store: &Store,
    audit: &AuditContext<'_>,
    name: &Name,
    status: ParticipantStatus,
) -> Result<(), Problem> {
    let before = store.health(name).await?.value;
    let own = before.control().is_some_and(|control| control.is_by_chatbot(name));
    let control = match status {
        // The control exists, and its start must not change.
        ParticipantStatus::Disabled if own => return Ok(()),
        ParticipantStatus::Disabled => {
            let reason = Reason::try_from(REASON.to_owned()).map_err(Problem::internal)?;
            Some(Control::by_chatbot(name, reason, audit.now))
        }
        ParticipantStatus::Active => None,
    };
    let policies = store.policy().await?.value;
    let may_replace = |control: Option<&Control>| control.is_none_or(|control| control.is_by_chatbot(name));
    match store.set_control_if(audit, name, control, &policies, may_replace).await {
        Err(StoreError::Exists) => Err(Problem::conflict("An administrator controls this chatbot.")),
        changed => Ok(changed.map(drop)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_state_is_a_json_string() {
        let read = |text: &str| serde_json::from_str::<OwnState>(text).ok();
        assert_eq!(read(r#""Active""#), Some(OwnState::Active));
        assert_eq!(read(r#""Disabled""#), Some(OwnState::Disabled));
        assert_eq!(read(r#""Deleted""#), Some(OwnState::Deleted));
        for bad in ["Active", r#""active""#, "1", "null", r#"{"status":"Active"}"#, r#""Online""#] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
