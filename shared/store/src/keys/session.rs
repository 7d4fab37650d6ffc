//! The keys of sessions, and of people with grants.

use centops_domain::{
    credentials::SecretHash,
    session::{PersonId, subject_hash},
};

use crate::table::{Key, key};

/// Partition of all people with grants.
pub(crate) const PEOPLE: &str = "PEOPLE";
const PERSON: &str = "PERSON";
const SESSION: &str = "SESSION";

/// Returns the key of the session whose token has this hash.
pub(crate) fn session(hash: &SecretHash) -> Key {
    key(format!("SESSION#{}", String::from(hash.clone())), SESSION)
}

/// Returns the key of the person `subject`: a hash, because a personal code in a key would be in every log of requests.
pub(crate) fn person(subject: &str) -> Key {
    key(format!("PERSON#{}", subject_hash(subject)), PERSON)
}

/// Returns the key of the item that names the subject of the person `id`.
pub(crate) fn person_by_id(id: PersonId) -> Key {
    key(PEOPLE, id.to_string())
}
