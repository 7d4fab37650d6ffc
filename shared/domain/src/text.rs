//! Free text that administrators enter.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters of a reason.
pub const MAX_REASON_LENGTH: usize = 280;

/// An administrator's reason: 1 to [`MAX_REASON_LENGTH`] characters, without surrounding spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// A text that is not a [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has 1 to {MAX_REASON_LENGTH} characters")]
pub struct InvalidReason;

impl Reason {
    /// Returns the reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidReason;

    fn try_from(text: String) -> Result<Self, InvalidReason> {
        let text = text.trim();
        if (1..=MAX_REASON_LENGTH).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidReason)
        }
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
