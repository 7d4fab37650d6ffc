//! The signed answer of `GET /updates`: JSON, camelCase. Unknown members are ignored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::digest::Sha256Digest;

/// The `kind` of an answer.
pub const KIND: &str = "updates";

/// Which updates one chatbot may take now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Always [`KIND`]: no other document that CentOps signs is accepted as an answer.
    pub kind: String,
    /// The name of the chatbot that asked.
    pub chatbot: String,
    /// The time of the chatbot's enrolment, its `createdAt`.
    pub enrolment: Timestamp,
    /// The `Centops-Nonce` of the request.
    pub nonce: String,
    /// The time at which CentOps signed the answer.
    pub issued_at: Timestamp,
    /// The end of the answer's validity, at most 24 h after `issued_at`.
    pub expires_at: Timestamp,
    /// Counts the changes of the chatbot's job.
    pub counter: u64,
    /// Counts the changes of all offers of all channels.
    pub catalogue: u64,
    /// The channel that the chatbot follows.
    pub channel: String,
    /// The time until the next request, in seconds.
    pub next_check: u64,
    /// The updates that the chatbot may take now.
    #[serde(default)]
    pub offers: Vec<Offer>,
    /// The components for which a newer release exists, offered or not.
    #[serde(default)]
    pub behind: Vec<Behind>,
    /// The withdrawn releases that the chatbot runs.
    #[serde(default)]
    pub withdrawn: Vec<Withdrawn>,
}

/// An update that the chatbot may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The component.
    pub component: String,
    /// The version that the chatbot runs.
    pub from: Version,
    /// The version to install.
    pub to: Version,
    /// The direction of the change.
    pub kind: OfferKind,
    /// The urgency.
    pub severity: Severity,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The end of the offer's lease.
    pub accept_by: Timestamp,
    /// The time by which the update is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// What to download.
    pub artefact: Artefact,
    /// The lowest versions of other components that the release needs. A statement must have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires: Option<BTreeMap<String, Version>>,
    /// The publisher's statement of the release, a compact JWS. See [`Statement`](crate::Statement).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// The direction of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OfferKind {
    /// To a newer version.
    Update,
    /// Back to an older version.
    Rollback,
}

/// The urgency of a release, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The update is optional.
    Optional,
    /// The update is mandatory.
    Mandatory,
    /// The update must be installed immediately.
    Critical,
}

/// The location, length and digest of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artefact {
    /// The https URL.
    pub url: Url,
    /// The exact length in bytes.
    pub length: u64,
    /// The SHA-256 of the content.
    pub sha256: Sha256Digest,
}

/// A component that a newer release exists for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Behind {
    /// The component.
    pub component: String,
    /// The version that the chatbot runs.
    pub running: Version,
    /// The newest release of the channel.
    pub latest: Version,
    /// The highest severity of the releases in between.
    pub severity: Severity,
    /// The reason why nothing is offered, such as `held` or `waits-for`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A withdrawn release that the chatbot runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawn {
    /// The component.
    pub component: String,
    /// The version.
    pub version: Version,
    /// The reason of the withdrawal.
    pub reason: String,
    /// What to do.
    pub advice: Advice,
    /// The version that the advice names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Version>,
}

/// What to do about a withdrawn release. CentOps offers the update or rollback by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Advice {
    /// Keep it until there is another release.
    Stay,
    /// Go back to an older version.
    RollBack,
    /// Go on to a newer version.
    Forward,
}
