//! The status of an invitation, and its changes.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The status of an invitation, as shown and as a filter of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvitationStatus {
    /// Open: nobody has applied yet.
    Invited,
    /// Nobody applied in time.
    Expired,
    /// An administrator has to decide.
    Submitted,
    /// The application was approved and the chatbot is enrolled.
    Approved,
    /// The application was rejected.
    Rejected,
    /// Ended before an application was submitted.
    Withdrawn,
}

/// A text that is not an [`InvitationStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a status of an invitation")]
pub struct UnknownInvitationStatus;

impl InvitationStatus {
    /// Returns the status as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Expired => "expired",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for InvitationStatus {
    type Err = UnknownInvitationStatus;

    fn from_str(text: &str) -> Result<Self, UnknownInvitationStatus> {
        let all = [Self::Invited, Self::Expired, Self::Submitted, Self::Approved, Self::Rejected, Self::Withdrawn];
        all.into_iter().find(|status| status.as_str() == text).ok_or(UnknownInvitationStatus)
    }
}

impl fmt::Display for InvitationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A change of the status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The new status.
    pub status: InvitationStatus,
    /// The time of the change.
    #[serde(with = "crate::stamp")]
    pub at: Timestamp,
    /// The actor: the `sub` claim of the token; none for an automatic change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The reason of a rejection or withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The result of a successful call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// The status changed.
    Made,
    /// The same call succeeded before, and its response may have been lost: nothing changed.
    Repeated,
}

/// The reason why the status cannot change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The code is wrong. The attempt was counted if the invitation was open.
    #[error("the code does not match the invitation")]
    WrongCode,
    /// Somebody has applied, or the invitation has ended.
    #[error("the invitation cannot be used: it is {0}")]
    Closed(InvitationStatus),
    /// Nobody has applied yet.
    #[error("nobody has applied yet")]
    NotSubmitted,
    /// The application was decided, or the invitation has ended.
    #[error("the invitation has ended: it is {0}")]
    Ended(InvitationStatus),
}
