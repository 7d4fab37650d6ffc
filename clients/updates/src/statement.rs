//! The statement of a release: what its publisher says about the artefact, signed by an offline key.

use std::collections::BTreeMap;

use centops_network_api::Keys;
use jiff::{SignedDuration, Timestamp};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::answer::Offer;
use crate::digest::Sha256Digest;
use crate::refusal::{Refusal, StatementError};

/// The `typ` of the protected header.
pub const TYP: &str = "centops-release+jws";
/// The longest validity: a year, with a leap day.
const MAX_VALIDITY: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The payload of a statement. Unknown members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The component.
    pub component: String,
    /// The version, with its build metadata.
    pub version: Version,
    /// Counts the releases of the component.
    pub counter: u64,
    /// The length of the artefact in bytes.
    pub length: u64,
    /// The SHA-256 of the artefact.
    pub sha256: Sha256Digest,
    /// The lowest versions of other components that the release needs.
    #[serde(default)]
    pub requires: BTreeMap<String, Version>,
    /// The lowest version that may be updated to this release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Version>,
    /// Whether older versions cannot be installed over this release.
    #[serde(default)]
    pub irreversible: bool,
    /// The end of the validity, at most a year away.
    pub expires: Timestamp,
    /// The publisher's name.
    pub publisher: String,
}

/// The pinned release keys by component.
#[derive(Clone, Debug, Default)]
pub struct ReleaseKeys(BTreeMap<String, Keys>);

/// A statement, and the key that signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VerifiedStatement {
    pub key_id: String,
    pub statement: Statement,
}

impl ReleaseKeys {
    /// Pins the release keys of a component. Offers of it without a valid statement are refused from then on.
    #[must_use]
    pub fn with(mut self, component: impl Into<String>, keys: Keys) -> Self {
        self.0.insert(component.into(), keys);
        self
    }

    /// Returns whether `key_id` is a release key of `component`.
    pub(crate) fn contains(&self, component: &str, key_id: &str) -> bool {
        self.0.get(component).is_some_and(|keys| keys.contains(key_id))
    }

    /// Returns the statement of an offer, or `None` if no key of its component is pinned.
    pub(crate) fn verify(&self, offer: &Offer, time: Timestamp) -> Result<Option<VerifiedStatement>, Refusal> {
        let Some(keys) = self.0.get(&offer.component) else { return Ok(None) };
        let refused = |reason| Refusal::Statement { component: offer.component.clone(), reason };
        let verified = verify(keys, offer).map_err(refused)?;
        let expires = verified.statement.expires;
        if time >= expires {
            return Err(Refusal::StatementExpired { component: offer.component.clone(), expires });
        }
        if expires.duration_since(time) > MAX_VALIDITY {
            return Err(refused(StatementError::Validity));
        }
        Ok(Some(verified))
    }
}

/// Verifies the signature, and that the statement is about what is offered.
fn verify(keys: &Keys, offer: &Offer) -> Result<VerifiedStatement, StatementError> {
    let jws = offer.statement.as_deref().ok_or(StatementError::Missing)?;
    let (key_id, payload) = keys.verify_compact(jws, TYP)?;
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|error| StatementError::Malformed(error.to_string()))?;
    let members = [
        ("component", statement.component == offer.component),
        // The exact text, and not the precedence, which ignores build metadata.
        ("version", statement.version == offer.to),
        ("length", statement.length == offer.artefact.length),
        ("sha256", statement.sha256 == offer.artefact.sha256),
    ];
    match members.into_iter().find(|(_, is_equal)| !is_equal) {
        Some((member, _)) => Err(StatementError::Differs(member)),
        None => Ok(VerifiedStatement { key_id, statement }),
    }
}
