//! The answers that programs compute with. Fields that are not needed are ignored, so newer ones do no harm.

use std::collections::BTreeMap;

pub use centops_why::health::{
    Cause, CheckReason, Control, Detector, Health, HealthCheck, Held, Mode, PendingAddress, Status, Witness,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// An invitation, as far as an applicant needs it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// The institution that is invited.
    pub institution: String,
    /// Its status: `invited`, `expired`, `submitted`, `approved`, `rejected` or `withdrawn`.
    pub status: String,
    /// The end of the application period.
    pub until: Timestamp,
    /// Its steps, the oldest first.
    #[serde(default)]
    pub history: Vec<BTreeMap<String, Value>>,
    /// The certificate, after an approval.
    pub certificate: Option<HandedOutCertificate>,
}

/// The certificate of an approved application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandedOutCertificate {
    /// Its serial number.
    pub serial: String,
    /// Its end.
    pub not_after: Timestamp,
    /// The certificate in PEM.
    pub pem: String,
}

/// A new certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedCertificate {
    /// Its serial number.
    pub serial: String,
    /// `dmr` or `chatbot`.
    pub profile: String,
    /// The name of its holder.
    pub name: String,
    /// Its start.
    pub not_before: Timestamp,
    /// Its end.
    pub not_after: Timestamp,
    /// The certificate in PEM.
    pub pem: String,
}

/// The caller of the Admin API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// The name of the person. None with a token of the issuer.
    pub name: Option<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// The institutions of an owner.
    pub institutions: Vec<String>,
}
