//! Sessions, under the hashes of their tokens.

use centops_domain::{credentials::SecretHash, session::Session};
use jiff::{SignedDuration, Timestamp};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Item, expiry, first_version},
};

/// The time for which a session that is over is kept.
const RETENTION: SignedDuration = SignedDuration::from_hours(1);

impl Store {
    /// Creates the session whose token has this hash. One write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn create_session(&self, hash: &SecretHash, session: Session) -> Result<(), StoreError> {
        let new = Versioned { version: first_version(session.started_at), value: session };
        let put = self.table.put(item(hash, &new)?, Condition::Absent).await;
        put.map_err(|error| error.or(StoreError::Contended))
    }

    /// Returns the session whose token has this hash, if it is not over at `now`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub async fn session(&self, hash: &SecretHash, now: Timestamp) -> Result<Versioned<Session>, StoreError> {
        let item = self.table.get(keys::session(hash)).await?.ok_or(StoreError::NotFound)?;
        let session: Versioned<Session> = table::from_json_item(&item, attributes::DOCUMENT)?;
        if session.value.is_active(now) { Ok(session) } else { Err(StoreError::NotFound) }
    }

    /// Renews the session whose token has this hash at `now`. One that was ended meanwhile stays so. Returns it. One read
    /// unit and one write unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none, or it is over.
    pub async fn renew_session(&self, hash: &SecretHash, now: Timestamp) -> Result<Session, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.session(hash, now).await?;
            let renewed = old.value.renewed(now).ok_or(StoreError::NotFound)?;
            let new = Versioned { value: renewed, version: old.version + 1 };
            match self.table.put(item(hash, &new)?, Condition::Version(old.version)).await {
                Ok(()) => return Ok(new.value),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Ends the session whose token has this hash, if there is one. One write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn end_session(&self, hash: &SecretHash) -> Result<(), StoreError> {
        let transaction = self.transaction().delete(keys::session(hash), None)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Contended))
    }
}

fn item(hash: &SecretHash, session: &Versioned<Session>) -> Result<Item, StoreError> {
    let mut item = table::to_json_item(keys::session(hash), attributes::DOCUMENT, session)?;
    item.insert(attributes::EXPIRES.to_owned(), expiry(session.value.ends_at(), RETENTION));
    Ok(item)
}
