//! The result of the analysis: a common cause with the numbers that support it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::{
    facts::{AtRisk, Opening},
    rule::RECENT,
};
use crate::{
    chatbots::{chatbot_type::ChatbotType, name::Name},
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
    /// They reported this version for the first time at most [`RECENT`] before.
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

impl Shared {
    /// Returns whether the chatbot has the property and its `opening` is of the kind that the property explains. `caps` has
    /// the types whose cap is reached now.
    pub(in crate::incidents) fn explains(
        &self,
        facts: &AtRisk,
        opening: &Opening,
        caps: &BTreeMap<ChatbotType, u32>,
    ) -> bool {
        match self {
            Self::Dmr { dmr } => opening.only_dmr() == Some(dmr),
            Self::Host { host } => facts.host == *host,
            Self::Version { component, version } => facts.versions.iter().any(|reported| {
                let is_recent = reported.since <= opening.at && opening.at.duration_since(reported.since) <= RECENT;
                reported.component == *component && reported.version == *version && is_recent
            }),
            Self::Institution { institution } => facts.institution == *institution,
            Self::Everything { types } => types.contains(&facts.kind) && caps.contains_key(&facts.kind),
        }
    }
}

/// The property as a text that no other property has, such as `host:bots.example.ee`.
impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dmr { dmr } => write!(f, "dmr:{dmr}"),
            Self::Host { host } => write!(f, "host:{host}"),
            Self::Version { component, version } => write!(f, "version:{component}:{version}"),
            Self::Institution { institution } => write!(f, "institution:{institution}"),
            Self::Everything { types } => {
                f.write_str("everything")?;
                types.iter().try_for_each(|kind| write!(f, ":{}", kind.as_str()))
            }
        }
    }
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
