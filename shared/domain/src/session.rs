//! Sessions of people in the console, and the grants that say who may do what.
//!
//! A session token is opaque: 256 random bits, of which the table has the hash. So there is no key to keep, a session that
//! is ended or a grant that is withdrawn is gone for the next request that the authorizer sees, and nothing about a person
//! is in a cookie.

pub mod grant;
pub mod login;
pub mod people;
pub mod person_id;
pub mod token;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    grant::{Grant, InvalidGrant, MAX_INSTITUTIONS, NewGrant},
    login::{Attempt, ReturnPath},
    people::{InvalidPerson, NewPerson, PersonRecord, is_subject, subject_hash},
    person_id::PersonId,
    token::SessionToken,
};

/// The time after which a session ends if it is not renewed.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// The time after which a session ends, however often it was renewed.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(8);

/// A session of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The `sub` of the identity provider: the country and the personal code.
    pub subject: String,
    /// The name, as the identity provider has it.
    pub name: String,
    /// When the person signed in.
    pub started_at: Timestamp,
    /// When it ends unless it is renewed.
    pub idle_until: Timestamp,
}

impl Session {
    /// Returns the session of the person `subject`, who signs in at `now`.
    #[must_use]
    pub fn new(subject: String, name: String, now: Timestamp) -> Self {
        Self { subject, name, started_at: now, idle_until: now + IDLE }
    }

    /// Returns when it ends unless it is renewed.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.idle_until.min(self.started_at + LONGEST)
    }

    /// Returns whether it is not over at `now`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// Returns the session after somebody used it at `now`. One that is over is not renewed.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> Option<Self> {
        self.is_active(now).then(|| Self { idle_until: now + IDLE, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ends_half_an_hour_after_its_last_renewal_and_eight_hours_after_its_start() {
        let start: Timestamp = "2026-11-27T08:00:00Z".parse().expect("a time");
        let minutes = |minutes| start + SignedDuration::from_mins(minutes);
        let mut session = Session::new("EE1".to_owned(), "Kati Kask".to_owned(), start);
        assert!(session.is_active(minutes(30) - SignedDuration::from_nanos(1)));
        assert!(!session.is_active(minutes(30)));
        assert_eq!(session.renewed(minutes(30)), None);
        for minute in (20..480).step_by(20) {
            session = session.renewed(minutes(minute)).expect("active");
        }
        assert_eq!(session.ends_at(), minutes(480));
        assert!(session.renewed(minutes(479)).expect("active").ends_at() == minutes(480));
        assert_eq!(session.renewed(minutes(480)), None);
    }
}
