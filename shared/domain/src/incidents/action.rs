//! What people did about an incident.

use serde::{Deserialize, Serialize};

/// An action of a closed list, so that incidents can be compared by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing: it ended by itself.
    None,
    /// The chatbot or a component was restarted.
    Restarted,
    /// A component went back to the version before.
    RolledBack,
    /// A component was updated.
    Updated,
    /// A certificate was renewed.
    Certificate,
    /// A DNS record was changed.
    Dns,
    /// The host or its network was repaired.
    Host,
    /// A DMR was repaired.
    Dmr,
    /// The configuration was changed.
    Configuration,
    /// Something else.
    Other,
}

/// An action, and whether it helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTaken {
    /// The action.
    pub action: Action,
    /// True if it ended the outage, as people saw it.
    pub helped: bool,
}
