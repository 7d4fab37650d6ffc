//! Revocation of credentials, and the retention of their records.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{audit::RETENTION, text::Reason};

/// A request to revoke a credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The administrator's reason.
    pub reason: Reason,
}

/// Sets the time and the reason of a revocation, unless they are set.
pub(super) fn revoke(at: &mut Option<Timestamp>, reason: &mut Option<String>, new_reason: &str, now: Timestamp) {
    if at.is_none() {
        *at = Some(now);
        *reason = Some(new_reason.to_owned());
    }
}

/// Returns the end of the retention of a record that became useless at `end`: as long as audit records mention it.
pub(super) fn retained_until(end: Timestamp) -> Timestamp {
    end.checked_add(RETENTION).unwrap_or(Timestamp::MAX)
}
