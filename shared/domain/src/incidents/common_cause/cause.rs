//! The result of the analysis: a common cause with the numbers that support it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{chatbot::ChatbotType, name::Name},
    notifications::enrolment::Enrolment,
};

/// The property that the members of a common cause share. Of two explanations that fit equally well, the earlier one
/// is preferred: a host rather than the institution that owns it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Shared {
    /// Only this DMR sees them fail, though others report on them.
    Dmr {
        /// The DMR.
        dmr: Name,
    },
    /// They have one host.
    Host {
        /// The host, or its address.
        host: String,
    },
    /// They reported this version for the first time at most [`RECENT`](super::rule::RECENT) before.
    Version {
        /// The component.
        component: Name,
        /// The version.
        version: Version,
    },
    /// They belong to one institution.
    Institution {
        /// The institution.
        institution: Name,
    },
    /// They are of these types, whose cap is reached.
    Everything {
        /// The types.
        types: BTreeSet<ChatbotType>,
    },
}

/// A common cause of several incidents. Of a further cause of the same storm, every number leaves out what the causes
/// before it explain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommonCause {
    /// The property that the members share.
    pub shared: Shared,
    /// Other properties that exactly the same chatbots share, such as the institution that has all chatbots of a host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Shared>,
    /// The chatbots whose incidents it explains, by name.
    pub members: Vec<Enrolment>,
    /// The number of chatbots that share it, the members included.
    pub population: u32,
    /// The number of chatbots that failed among [`others`](Self::others).
    pub others_affected: u32,
    /// The number of chatbots to compare with: those that do not share it. For a DMR those on which another DMR
    /// reports; they are affected if somebody else than this DMR saw them fail.
    pub others: u32,
    /// When the first incident of a member was opened.
    pub since: Timestamp,
    /// When the first chatbot of the population reported the version, if they share a version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_since: Option<Timestamp>,
}
