//! Confirmation codes: the one of a subscription that is valid, and when codes were sent to an address.

use centops_domain::notifications::{
    Address, CODES_PERIOD, CodeError, CodeHistory, ConfirmationCode, SentCode, SubscriptionId, TooManyCodes,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Item, Key, expiry},
};

/// The sort key of the code of a subscription.
const CODE: &str = "CODE";

/// Error of sending or trying a code.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The address got too many codes.
    #[error(transparent)]
    TooMany(#[from] TooManyCodes),
    /// The code does not confirm the subscription.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Stores `code`, which replaces an earlier one of the subscription `id`, and counts it for `address` at `now`. The
    /// caller sends it afterwards.
    ///
    /// # Errors
    /// [`ConfirmError::TooMany`]; [`ConfirmError::Store`].
    pub async fn put_code(
        &self,
        id: SubscriptionId,
        address: &Address,
        code: &SentCode,
        now: Timestamp,
    ) -> Result<(), ConfirmError> {
        for _ in 0..ATTEMPTS {
            let (history, counted) = self.versioned::<CodeHistory>(keys::codes(address)).await?;
            let (_, replaced) = self.versioned::<SentCode>(keys::notify(id, CODE)).await?;
            let history = Versioned { value: history.unwrap_or_default().with(now)?, version: counted + 1 };
            let mut sent = table::to_json_item(keys::codes(address), attributes::DOCUMENT, &history)?;
            sent.insert(attributes::EXPIRES.to_owned(), expiry(now, CODES_PERIOD));
            let code = Versioned { value: code.clone(), version: replaced + 1 };
            let transaction = self
                .transaction()
                .put(sent, Condition::replaces(counted))?
                .put(code_item(id, &code)?, Condition::replaces(replaced))?;
            match transaction.commit().await {
                Ok(()) => return Ok(()),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Tries `code` at `now` for the generation `generation` of the subscription `id`. A try is counted before it is
    /// compared.
    ///
    /// # Errors
    /// [`ConfirmError::Code`]; [`ConfirmError::Store`].
    pub async fn try_code(
        &self,
        id: SubscriptionId,
        generation: u32,
        code: &ConfirmationCode,
        now: Timestamp,
    ) -> Result<(), ConfirmError> {
        for _ in 0..ATTEMPTS {
            let (sent, version) = self.versioned::<SentCode>(keys::notify(id, CODE)).await?;
            let tried = sent.ok_or(CodeError::Expired)?.tried(generation, now)?;
            let tried = Versioned { value: tried, version: version + 1 };
            // Not idempotent: two requests at once write the same item, and each is a try of its own.
            match self.table.put(code_item(id, &tried)?, Condition::Version(version)).await {
                Ok(()) if tried.value.matches(id, code) => return Ok(()),
                Ok(()) => return Err(CodeError::Wrong.into()),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Returns the value of `key` and its version; version 0 if there is none.
    async fn versioned<T: serde::de::DeserializeOwned>(&self, key: Key) -> Result<(Option<T>, i64), StoreError> {
        let Some(item) = self.table.get(key).await? else { return Ok((None, 0)) };
        let Versioned { value, version } = table::from_json_item(&item, attributes::DOCUMENT)?;
        Ok((Some(value), version))
    }
}

fn code_item(id: SubscriptionId, code: &Versioned<SentCode>) -> Result<Item, StoreError> {
    let mut item = table::to_json_item(keys::notify(id, CODE), attributes::DOCUMENT, code)?;
    item.insert(attributes::EXPIRES.to_owned(), expiry(code.value.expires_at(), CODES_PERIOD));
    Ok(item)
}
