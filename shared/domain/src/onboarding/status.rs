//! The status of an invitation, and its changes.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is shown of a [`Stage`], and asked for in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvitationStatus {
    /// Nobody has applied yet.
    Invited,
    /// Nobody applied in time.
    Expired,
    /// An administrator is to decide.
    Submitted,
    /// The chatbot is enrolled.
    Approved,
    /// It is not.
    Rejected,
    /// It ended before anybody applied.
    Withdrawn,
}

/// A text that is no [`InvitationStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a status of an invitation")]
pub struct UnknownInvitationStatus;

impl InvitationStatus {
    /// As in JSON.
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

/// One step that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// Where it led.
    pub status: InvitationStatus,
    /// When.
    #[serde(with = "crate::stamp")]
    pub at: Timestamp,
    /// Who made it: the token's subject; none where it followed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, where it ended without a chatbot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a call did that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// It made a step.
    Made,
    /// The very same was done before, and its answer may have been lost.
    Repeated,
}

/// Why a step is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The code is not that of the invitation. It was counted, where the invitation was still open.
    #[error("the code is not that of the invitation")]
    WrongCode,
    /// Somebody applied, or it has ended.
    #[error("the invitation cannot be used any more: it is {0}")]
    Closed(InvitationStatus),
    /// Nobody has applied.
    #[error("nobody has applied yet")]
    NotSubmitted,
    /// It was decided, or has ended.
    #[error("the invitation has come to its end: it is {0}")]
    Ended(InvitationStatus),
}
