//! The state that a participant gives itself.

use centops_api::{Problem, Reply, reply, request};
use centops_domain::{
    control::{Control, ControlReason},
    name::Name,
};
use centops_store::{Store, StoreError, audit::Act};
use lambda_http::{Request, http::StatusCode};
use serde::{Deserialize, Serialize};

use crate::participant::ParticipantStatus;

/// The reason of a control that a chatbot set itself.
const REASON: &str = "The chatbot took itself out of routing.";

/// What a participant asks for: a bare JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum OwnState {
    Active,
    Disabled,
    /// For administrators.
    Deleted,
}

#[derive(Serialize)]
struct Answer {
    id: Name,
    status: ParticipantStatus,
}

/// `PUT /public/participants/my/state` of the chatbot `name`: `Disabled` holds it Offline until `Active`. What an
/// administrator controls it neither ends nor replaces: it could else end a control by taking its place first.
///
/// # Errors
/// 400; 404; 409 while an administrator controls it.
pub async fn set(store: &Store, act: &Act<'_>, name: Name, request: &Request) -> Reply {
    let status = match request::body(request)? {
        OwnState::Active => ParticipantStatus::Active,
        OwnState::Disabled => ParticipantStatus::Disabled,
        OwnState::Deleted => {
            let text = "A participant is Active or Disabled; only an administrator removes it.".to_owned();
            return Ok(reply::written(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", text));
        }
    };
    change(store, act, &name, status).await?;
    Ok(reply::json(StatusCode::OK, &Answer { id: name, status }))
}

async fn change(store: &Store, act: &Act<'_>, name: &Name, status: ParticipantStatus) -> Result<(), Problem> {
    let before = store.health(name).await?.value;
    let own = before.control().is_some_and(|control| control.is_own(name));
    let control = match status {
        // It is so already: since when stays as it is.
        ParticipantStatus::Disabled if own => return Ok(()),
        ParticipantStatus::Disabled => {
            let reason = ControlReason::try_from(REASON.to_owned()).map_err(Problem::internal)?;
            Some(Control::own(name, reason, act.now))
        }
        ParticipantStatus::Active => None,
    };
    let policies = store.policy().await?.value;
    let may = |control: Option<&Control>| control.is_none_or(|control| control.is_own(name));
    match store.control_where(act, name, control, &policies, may).await {
        Err(StoreError::Exists) => Err(Problem::conflict("An administrator controls this chatbot.")),
        changed => Ok(changed.map(drop)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_one_bare_word() {
        let read = |text: &str| serde_json::from_str::<OwnState>(text).ok();
        assert_eq!(read(r#""Active""#), Some(OwnState::Active));
        assert_eq!(read(r#""Disabled""#), Some(OwnState::Disabled));
        assert_eq!(read(r#""Deleted""#), Some(OwnState::Deleted));
        for bad in ["Active", r#""active""#, "1", "null", r#"{"status":"Active"}"#, r#""Online""#] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
