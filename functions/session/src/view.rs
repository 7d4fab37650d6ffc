//! The session as the API shows it.

use std::collections::BTreeSet;

use centops_api::Problem;
use centops_domain::{
    callers::{Person, Role},
    chatbots::Name,
    session::{LONGEST, Session, SessionToken},
};
use centops_identity::token::from_header;
use jiff::Timestamp;
use lambda_http::http::{HeaderMap, header};
use serde::Serialize;

/// The API representation of a session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    roles: BTreeSet<Role>,
    institutions: BTreeSet<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
}

impl SessionView {
    /// Returns the view of the caller's session; of a bearer token of the issuer without one.
    pub fn new(caller: Person, session: Option<&Session>) -> Self {
        Self {
            name: session.map(|session| session.name.clone()),
            roles: caller.roles,
            institutions: caller.institutions,
            idle_until: session.map(|session| session.idle_until),
            ends_at: session.map(|session| session.started_at + LONGEST),
        }
    }
}

/// Returns the session token that the request came with; none with a bearer token of the issuer.
pub fn token(headers: &HeaderMap) -> Option<SessionToken> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    SessionToken::parse(from_header(header)?).ok()
}

/// Returns the answer to whoever's session ended since the gateway let the request in.
pub fn over() -> Problem {
    Problem::conflict("The session is over.")
}
