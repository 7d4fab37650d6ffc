//! The source of the public keys, and when they are fetched.

use jiff::{SignedDuration, Timestamp};

use crate::signature::Keys;

/// The shortest time between two requests for keys after an unknown key.
const UNKNOWN_KEY_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// The interval at which the keys are fetched again. A key that CentOps withdrew is trusted no longer than this.
const REFRESH_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// The source of the public keys that verify what CentOps signed.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// Trusts these keys and no others. A file is verified by them too: write access to it is not enough to forge it.
    Pinned(Keys),
    /// Trusts the keys of `GET /keys`, which is requested once an hour, and for an unknown key at most once a minute.
    /// They are as trustworthy as the TLS connection. A client that saves signed documents stores their keys with
    /// them: whoever can write the file can then forge it.
    Fetched,
}

/// Decides when the keys are fetched. Pinned keys never are.
#[derive(Debug, Default)]
pub struct KeyRefresh {
    requested_at: Option<Timestamp>,
}

impl KeyRefresh {
    /// Returns whether the keys are due for their hourly request.
    #[must_use]
    pub fn is_due(&self, source: &KeySource, now: Timestamp) -> bool {
        self.has_passed(REFRESH_INTERVAL, source, now)
    }

    /// Returns whether the keys may be requested because an unknown key signed something.
    #[must_use]
    pub fn may_request_unknown(&self, source: &KeySource, now: Timestamp) -> bool {
        self.has_passed(UNKNOWN_KEY_INTERVAL, source, now)
    }

    /// Records a request for the keys.
    pub fn record_request(&mut self, now: Timestamp) {
        self.requested_at = Some(now);
    }

    /// Forgets the last request: the keys are due.
    pub fn reset(&mut self) {
        self.requested_at = None;
    }

    fn has_passed(&self, interval: SignedDuration, source: &KeySource, now: Timestamp) -> bool {
        let has_passed = self.requested_at.is_none_or(|at| now.duration_since(at).abs() >= interval);
        has_passed && matches!(source, KeySource::Fetched)
    }
}
