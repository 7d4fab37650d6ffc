//! The protocol: requests for routes, their responses, and the JSON bodies that CentOps signs.

use centops_network_api::SignedBody;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::UpdateError;

/// A request for routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteRequest {
    /// Requests the full table, page by page: `GET /routes`.
    FullTable,
    /// Requests the changes after a revision: `GET /routes?since=…` with `If-None-Match`.
    ChangesSince(u64),
}

/// A response to a [`RouteRequest`]. It is not verified yet.
#[derive(Clone, Debug)]
pub enum RouteResponse {
    /// 304: the revision is still the newest.
    Unchanged,
    /// 200: a delta.
    Delta(SignedBody),
    /// 200: all pages of the full table.
    FullTable(Vec<SignedBody>),
    /// 410: the change log does not reach back to the revision.
    Gone,
}

/// The address of one chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The chatbot's name.
    pub name: String,
    /// The URI that messages are sent to.
    pub uri: String,
    /// The chatbot's type, such as `ministry`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A full table, or one page of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub revision: u64,
    pub time: Timestamp,
    /// The number of routes of the full table, not of this page.
    pub count: usize,
    pub routes: Vec<Route>,
    /// The cursor of the next page.
    #[serde(default)]
    pub next: Option<String>,
}

/// The changes after a revision: the newest change of each name.
#[derive(Debug, Deserialize)]
pub(crate) struct Delta {
    pub revision: u64,
    pub since: u64,
    pub time: Timestamp,
    /// The number of routes of the full table at `revision`.
    pub count: usize,
    pub changes: Vec<Change>,
}

/// A new route of a name, or a tombstone.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub name: String,
    uri: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    gone: bool,
}

impl Change {
    /// Returns the new route of `name`, or `None` for a tombstone.
    pub(crate) fn into_route(self) -> Result<Option<Route>, UpdateError> {
        match (self.gone, self.uri, self.kind) {
            (true, None, None) => Ok(None),
            (false, Some(uri), Some(kind)) => Ok(Some(Route { name: self.name, uri, kind })),
            _ => {
                let message = format!("the change of {} is neither a route nor a tombstone", self.name);
                Err(UpdateError::Malformed(message))
            }
        }
    }
}

/// Parses a verified body.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, UpdateError> {
    serde_json::from_slice(body).map_err(|error| UpdateError::Malformed(error.to_string()))
}
