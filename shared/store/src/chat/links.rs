//! Links of accounts of chats with people, and the requests that were taken.

use centops_domain::{
    audit::{Actor, Subject},
    chat::{Account, CODE_LIFETIME, Link},
    credentials::SecretHash,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, attributes,
    audit::AuditContext,
    keys,
    table::{Condition, Item, WriteError, expiry, json_of, number, number_of, text, text_of},
};

/// The time for which an item that is over is kept.
const RETENTION: SignedDuration = SignedDuration::from_hours(1);

/// Error of a change of a link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The code was not issued, is over, or was used.
    #[error("the code is not known, is over, or was used")]
    UnknownCode,
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of taking a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Nobody had taken it.
    First,
    /// Somebody has taken it, and has not finished it.
    Running,
    /// Somebody has finished it.
    Finished,
}

impl Store {
    /// Stores the code with this hash, by which the person `subject` links an account within ten minutes. One write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn create_chat_code(
        &self,
        hash: &SecretHash,
        subject: &str,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let until = now + CODE_LIFETIME;
        let mut item = keys::chat_code(hash);
        item.insert(attributes::DOCUMENT.to_owned(), text(subject));
        item.insert(attributes::UNTIL.to_owned(), number(until.as_millisecond()));
        item.insert(attributes::EXPIRES.to_owned(), expiry(until, RETENTION));
        let put = self.table.put(item, Condition::Absent).await;
        put.map(|()| until).map_err(|error| error.or(StoreError::Contended))
    }

    /// Links `account` with the person who got the code with this hash, in place of a link before. The code is used up.
    /// Two read units; eight write units.
    ///
    /// # Errors
    /// [`LinkError::UnknownCode`].
    pub async fn link_chat(
        &self,
        audit: &AuditContext<'_>,
        hash: &SecretHash,
        account: Account,
    ) -> Result<Link, LinkError> {
        let (now, key) = (audit.now, keys::chat_code(hash));
        let code = self.table.get(key.clone()).await?.ok_or(LinkError::UnknownCode)?;
        if number_of::<i64>(&code, attributes::UNTIL)? <= now.as_millisecond() {
            return Err(LinkError::UnknownCode);
        }
        let subject = text_of(&code, attributes::DOCUMENT)?.to_owned();
        let before = self.chat_link(&account, now).await?;
        let link = Link::new(account, subject.clone(), now);
        let by = audit.by(Actor::Person(subject.clone()));
        let transaction = self
            .transaction()
            .delete_equal(key, attributes::DOCUMENT, subject)?
            .put(item(&link)?, Condition::None)?
            .audit(&by, Subject::default(), &before, &link)?;
        match transaction.commit().await {
            Ok(()) => Ok(link),
            Err(WriteError::Condition { .. }) => Err(LinkError::UnknownCode),
            Err(error) => Err(error.or(StoreError::Contended).into()),
        }
    }

    /// Returns the link of `account`, if it holds at `now`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn chat_link(&self, account: &Account, now: Timestamp) -> Result<Option<Link>, StoreError> {
        let Some(item) = self.table.get(keys::chat_link(account)).await? else { return Ok(None) };
        let link: Link = json_of(&item, attributes::DOCUMENT)?;
        Ok(Some(link).filter(|link| link.holds(now) && link.account == *account))
    }

    /// Ends `link`. Six write units.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn unlink_chat(&self, audit: &AuditContext<'_>, link: &Link) -> Result<(), StoreError> {
        let by = audit.by(Actor::Person(link.subject.clone()));
        let transaction = self.transaction().delete(keys::chat_link(&link.account), None)?;
        let transaction = transaction.audit(&by, Subject::default(), link, &())?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Contended))
    }

    /// Takes the request `id`, a hash, for `lifetime` from `now` on, unless somebody has taken it. One write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn take_request(&self, id: &str, lifetime: SignedDuration, now: Timestamp) -> Result<Take, StoreError> {
        match self.table.put(taken(id, lifetime, now), Condition::Expired(now)).await {
            Ok(()) => Ok(Take::First),
            Err(WriteError::Condition { found: Some(found), .. }) if found.contains_key(attributes::STATUS) => {
                Ok(Take::Finished)
            }
            Err(WriteError::Condition { .. }) => Ok(Take::Running),
            Err(error) => Err(error.or(StoreError::Contended)),
        }
    }

    /// Keeps the request `id`, which the caller took and finished, for `lifetime` from `now` on. One write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn finish_request(&self, id: &str, lifetime: SignedDuration, now: Timestamp) -> Result<(), StoreError> {
        let mut item = taken(id, lifetime, now);
        item.insert(attributes::STATUS.to_owned(), text("finished"));
        let put = self.table.put(item, Condition::None).await;
        put.map_err(|error| error.or(StoreError::Contended))
    }
}

fn taken(id: &str, lifetime: SignedDuration, now: Timestamp) -> Item {
    let mut item = keys::taken(id);
    item.insert(attributes::UNTIL.to_owned(), number((now + lifetime).as_millisecond()));
    item.insert(attributes::EXPIRES.to_owned(), expiry(now + lifetime, RETENTION));
    item
}

fn item(link: &Link) -> Result<Item, StoreError> {
    let mut item = keys::chat_link(&link.account);
    let document = serde_json::to_string(link).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(document));
    item.insert(attributes::EXPIRES.to_owned(), expiry(link.until, RETENTION));
    Ok(item)
}
