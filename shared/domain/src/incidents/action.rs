//! The closed list of actions against an incident.

use serde::{Deserialize, Serialize};

/// An action against an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nobody did anything: the incident ended by itself.
    None,
    /// The chatbot, or a component of it, was restarted.
    Restarted,
    /// A component was put back to an earlier version.
    RolledBack,
    /// A component was updated.
    Updated,
    /// A certificate was replaced.
    Certificate,
    /// A DNS record was corrected.
    Dns,
    /// The host, or its network, was repaired.
    Host,
    /// A DMR, or its network, was repaired.
    Dmr,
    /// The configuration was corrected.
    Configuration,
    /// Something else was done.
    Other,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 10] = [
        Self::None,
        Self::Restarted,
        Self::RolledBack,
        Self::Updated,
        Self::Certificate,
        Self::Dns,
        Self::Host,
        Self::Dmr,
        Self::Configuration,
        Self::Other,
    ];

    /// Returns the action as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Restarted => "restarted",
            Self::RolledBack => "rolled-back",
            Self::Updated => "updated",
            Self::Certificate => "certificate",
            Self::Dns => "dns",
            Self::Host => "host",
            Self::Dmr => "dmr",
            Self::Configuration => "configuration",
            Self::Other => "other",
        }
    }
}

/// An action that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The action.
    pub action: Action,
    /// True if it helped, according to the person who resolved the incident.
    pub helped: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_an_action_is_that_of_its_json() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(action).expect("text"), action.as_str());
        }
    }
}
