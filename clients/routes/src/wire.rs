//! What CentOps sends: the forms of the bodies, as they are signed.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// Where one chatbot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The chatbot's name.
    pub name: String,
    /// Where messages for it go.
    pub uri: String,
    /// What kind of chatbot it is, such as `ministry`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A body with its signature, as it came. It is not believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The value of the header `Centops-Signature`: a detached JWS. Empty when there was none.
    pub signature: String,
    /// The body as it was signed: without content encoding.
    pub body: Arc<[u8]>,
}

impl Signed {
    /// A body and the signature that came with it.
    #[must_use]
    pub fn new(signature: impl Into<String>, body: impl Into<Arc<[u8]>>) -> Self {
        Self { signature: signature.into(), body: body.into() }
    }
}

/// A whole table, or one page of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub revision: u64,
    pub time: Timestamp,
    /// Routes of the whole table, not of this page.
    pub count: usize,
    pub routes: Vec<Route>,
    /// Where the next page is.
    #[serde(default)]
    pub next: Option<String>,
}

/// What changed since a revision: the newest change of each name.
#[derive(Debug, Deserialize)]
pub(crate) struct Delta {
    pub revision: u64,
    pub since: u64,
    pub time: Timestamp,
    /// Routes of the whole table at `revision`.
    pub count: usize,
    pub changes: Vec<Change>,
}

/// A route, or a tombstone.
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
    /// The new route of `name`; none for a tombstone.
    pub(crate) fn into_route(self) -> Result<Option<Route>, Refusal> {
        match (self.gone, self.uri, self.kind) {
            (true, None, None) => Ok(None),
            (false, Some(uri), Some(kind)) => Ok(Some(Route { name: self.name, uri, kind })),
            _ => Err(Refusal::Malformed(format!("the change of {} is neither a route nor a tombstone", self.name))),
        }
    }
}

/// Reads a body that was verified.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Malformed(error.to_string()))
}
