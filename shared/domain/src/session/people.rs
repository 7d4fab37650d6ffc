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

/// The most characters of a name.
const MAX_NAME: usize = 120;

/// A person as an administrator adds them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The `sub` of the identity provider.
    pub subject: String,
    /// The name.
    pub name: String,
}

/// The reason why a person cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPerson {
    /// The `sub` is none that the identity provider has.
    #[error("the country and the personal code, such as EE60001019906")]
    Subject,
    /// The name is empty or too long, or has control characters.
    #[error("1 to {MAX_NAME} characters")]
    Name,
}

impl NewPerson {
    /// Returns the record `id` of the person, without grants.
    ///
    /// # Errors
    /// [`InvalidPerson`].
    pub fn record(&self, id: PersonId) -> Result<PersonRecord, InvalidPerson> {
        if !is_subject(&self.subject) {
            return Err(InvalidPerson::Subject);
        }
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(InvalidPerson::Name);
        }
        Ok(PersonRecord { id, subject: self.subject.clone(), name: name.to_owned(), grants: BTreeMap::new() })
    }
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
    fn person_has_a_country_and_a_code_and_a_name_of_one_line() {
        let add = |subject: &str, name: &str| {
            let new = NewPerson { subject: subject.to_owned(), name: name.to_owned() };
            new.record(PersonId::new(at(0), &[1; 10])).map(|record| (record.name, record.grants.len()))
        };
        assert_eq!(add("EE60001019906", " Mari Maasikas "), Ok(("Mari Maasikas".to_owned(), 0)));
        for subject in ["", "EE", "ee60001019906", "60001019906", "EE6000 1019906"] {
            assert_eq!(add(subject, "Mari Maasikas"), Err(InvalidPerson::Subject), "{subject}");
        }
        assert!(add("EE1", &"a".repeat(MAX_NAME)).is_ok());
        for name in ["", " ", "Mari\nMaasikas", &"a".repeat(MAX_NAME + 1)] {
            assert_eq!(add("EE1", name), Err(InvalidPerson::Name), "{name}");
        }
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
