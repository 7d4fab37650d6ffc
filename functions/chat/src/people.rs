//! People, with the roles that they have at the time.

use centops_domain::callers::Person;
use centops_store::{Store, StoreError};
use jiff::Timestamp;

/// A person who acts by a chat, a webhook or the topic.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person, with the grants that hold.
    pub person: Person,
    /// The name, as an administrator entered it; none without a record.
    pub name: Option<String>,
    /// What the person uses in place of a session.
    pub via: String,
}

/// Returns the person `subject` at `now`, without roles if there is no record. One read unit.
///
/// # Errors
/// When the table does not answer.
pub async fn actor(store: &Store, subject: &str, via: String, now: Timestamp) -> Result<Actor, StoreError> {
    let nobody = || Person { subject: subject.to_owned(), roles: [].into(), institutions: [].into() };
    let record = store.person_of(subject).await?.map(|record| record.value);
    let person = record.as_ref().map_or_else(nobody, |record| record.caller(now));
    Ok(Actor { person, name: record.map(|record| record.name), via })
}
