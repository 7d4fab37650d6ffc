//! The input of the analysis: what is known of the chatbots, and which of them failed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use semver::Version;

use crate::{
    chatbots::{chatbot::Chatbot, chatbot_type::ChatbotType, name::Name, status::Status},
    ingestion::observer::Observer,
    notifications::enrolment::Enrolment,
};

/// A chatbot that was at risk: it was routed when the window began. One that was out before, or that no probe has
/// reached yet, cannot fail in the window, so it is not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRisk {
    /// The chatbot.
    pub chatbot: Enrolment,
    /// Its type, for which the cap is counted.
    pub kind: ChatbotType,
    /// The institution that owns it.
    pub institution: Name,
    /// The host of its uri, or the address to which the host resolves, if that is known.
    pub host: String,
    /// The DMRs that report on it.
    pub dmrs: BTreeSet<Name>,
    /// The versions that it runs. Empty if it has reported none.
    pub versions: Vec<ReportedVersion>,
}

/// A component's version that a chatbot runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedVersion {
    /// The component.
    pub component: Name,
    /// The version.
    pub version: Version,
    /// When the chatbot reported this version for the first time.
    pub since: Timestamp,
}

impl AtRisk {
    /// Returns `chatbot`, on which `dmrs` report. None if it is not at risk: it is not routed, and has no opening in the
    /// window. A chatbot that came online within the window counts although it was not routed when it began.
    #[must_use]
    pub fn new(chatbot: &Chatbot, has_opening: bool, dmrs: BTreeSet<Name>) -> Option<Self> {
        if !has_opening && chatbot.status != Status::Online {
            return None;
        }
        // A version that was never reported anew has run since the enrolment at least.
        let since = |component: &Name| chatbot.versions_since.get(component).copied().unwrap_or(chatbot.created_at);
        let version = |(component, version): (&Name, &Version)| ReportedVersion {
            component: component.clone(),
            version: version.clone(),
            since: since(component),
        };
        Some(Self {
            chatbot: Enrolment::from(chatbot),
            kind: chatbot.kind,
            institution: chatbot.institution.clone(),
            host: chatbot.uri.url().host_str().unwrap_or_default().to_owned(),
            dmrs,
            versions: chatbot.versions.iter().map(version).collect(),
        })
    }
}

/// The opening of a chatbot's incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The chatbot.
    pub chatbot: Enrolment,
    /// When the incident was opened.
    pub at: Timestamp,
    /// The observers that saw the chatbot fail. Empty if a probe alone found it.
    pub witnesses: BTreeSet<Observer>,
}

impl Opening {
    /// Returns the DMR that is the only witness, if there is exactly one witness and it is a DMR.
    pub(super) fn only_dmr(&self) -> Option<&Name> {
        let mut witnesses = self.witnesses.iter();
        match (witnesses.next(), witnesses.next()) {
            (Some(witness), None) => witness.dmr(),
            _ => None,
        }
    }
}
