//! People with grants. Whoever the identity provider knows can sign in, and may apply with an invitation.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{grant::Grant, person_id::PersonId};
use crate::callers::{Person, Role};

/// Returns whether a `sub` is a country and a code: `EE60001019906`, or an identifier of eIDAS.
#[must_use]
pub fn is_subject(subject: &str) -> bool {
    let (Some(country), Some(code)) = (subject.get(..2), subject.get(2..)) else { return false };
    let is_code = |one: u8| one.is_ascii_alphanumeric() || matches!(one, b'/' | b'+' | b'?' | b'-');
    country.bytes().all(|one| one.is_ascii_uppercase()) && (1..=60).contains(&code.len()) && code.bytes().all(is_code)
}

/// Returns the SHA-256 of a `sub` in 64 hexadecimal digits: for keys, because those are in logs of requests. Somebody who
/// guesses a personal code can check the guess.
#[must_use]
pub fn subject_hash(subject: &str) -> String {
    Sha256::digest(subject).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A person, by the `sub` of the identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonRecord {
    /// The id.
    pub id: PersonId,
    /// The `sub` of the identity provider: the country and the personal code.
    pub subject: String,
    /// The name, as an administrator entered it.
    pub name: String,
    /// The grants, by role.
    pub grants: BTreeMap<Role, Grant>,
}

impl PersonRecord {
    /// Returns the caller that the person is at `now`.
    #[must_use]
    pub fn caller(&self, now: Timestamp) -> Person {
        let held = || self.grants.iter().filter(|(_, grant)| grant.holds(now));
        Person {
            subject: self.subject.clone(),
            roles: held().map(|(role, _)| *role).collect(),
            institutions: held().flat_map(|(_, grant)| grant.institutions.iter().cloned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::session::{InvalidGrant, NewGrant};

    fn at(minute: i64) -> Timestamp {
        let start: Timestamp = "2026-11-27T08:00:00Z".parse().expect("a time");
        start + SignedDuration::from_mins(minute)
    }

    fn new(institutions: &[&str], until: Option<Timestamp>) -> NewGrant {
        let institutions = institutions.iter().map(|name| name.parse().expect("a name")).collect();
        NewGrant { institutions, reason: "Duty officer".to_owned().try_into().expect("a reason"), until }
    }

    #[test]
    fn caller_has_the_grants_that_hold() {
        let viewer = new(&[], Some(at(10))).grant(Role::Viewer, "EE1", at(0)).expect("a grant");
        let owner = new(&["tax-board"], None).grant(Role::Owner, "EE1", at(0)).expect("a grant");
        let grants = BTreeMap::from([(Role::Viewer, viewer), (Role::Owner, owner)]);
        let person = PersonRecord {
            id: PersonId::new(at(0), &[1; 10]),
            subject: "EE2".to_owned(),
            name: "Kati Kask".to_owned(),
            grants,
        };
        assert_eq!(person.caller(at(9)).roles, [Role::Viewer, Role::Owner].into());
        let later = person.caller(at(10));
        assert_eq!((later.subject.as_str(), later.roles), ("EE2", [Role::Owner].into()));
        assert_eq!(later.institutions, ["tax-board".parse().expect("a name")].into());
    }

    #[test]
    fn only_owners_have_institutions_and_a_grant_ends_in_the_future() {
        let owner = |institutions: &[&str]| new(institutions, None).grant(Role::Owner, "EE1", at(0));
        assert_eq!(owner(&[]), Err(InvalidGrant::Institutions));
        assert!(owner(&["tax-board"]).is_ok());
        for role in Role::STAFF {
            assert_eq!(new(&["tax-board"], None).grant(role, "EE1", at(0)), Err(InvalidGrant::Institutions));
            assert_eq!(new(&[], Some(at(0))).grant(role, "EE1", at(0)), Err(InvalidGrant::Until));
        }
    }
}
