//! API keys and the hashes of their secrets.

use centops_domain::{
    chatbots::Name,
    credentials::{ApiKey, ApiKeyId, ApiKeySecret, Profile, SecretHash},
};
use jiff::Timestamp;

use super::{
    filter::{CredentialFilter, subject_of},
    sweeps::Sweep,
};
use crate::{
    ATTEMPTS, Page, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, WriteError, number, text, text_of},
};

/// The most keys that are revoked in one transaction, which has at most 100 writes.
const BATCH: i32 = 50;

impl Store {
    /// Stores `key`, which was just issued to the enrolment that it names, with the hash of its secret.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the holder is not, or no longer, enrolled; [`StoreError::Exists`] if the holder has
    /// a key of that id.
    pub async fn put_api_key(
        &self,
        audit: &AuditContext<'_>,
        key: &ApiKey,
        hash: &SecretHash,
    ) -> Result<(), StoreError> {
        let new = StoredKey { key: key.clone(), hash: hash.clone() };
        for _ in 0..ATTEMPTS {
            let transaction = self
                .transaction()
                .put(new.item(1)?, Condition::Absent)?
                .enrolled(key.profile, &key.name, key.enrolled_at)?
                .audit(audit, subject_of(key.profile, &key.name), &(), key)?;
            match transaction.commit().await {
                Ok(()) => return Ok(()),
                Err(WriteError::Condition { position: 0, .. }) => return Err(StoreError::Exists),
                Err(WriteError::Condition { .. }) => return Err(StoreError::NotFound),
                // The holder was being changed.
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns whether `secret` is a valid API key of the holder's enrolment `enrolled_at`, strongly consistent. One
    /// read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn verify_api_key(
        &self,
        profile: Profile,
        name: &Name,
        enrolled_at: Timestamp,
        secret: &ApiKeySecret,
    ) -> Result<bool, StoreError> {
        let id = ApiKeyId { profile, name: name.clone(), id: secret.id.clone() };
        match self.api_key(&id).await {
            Ok(Versioned { value: StoredKey { key, hash }, .. }) => {
                Ok(key.revoked_at.is_none() && key.enrolled_at == enrolled_at && hash.matches(&secret.hash()))
            }
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns a page of up to `limit` API keys that match `filter`, by profile, name and id, after the position
    /// `after`. Includes revoked ones. The filter must include `after`. One read unit for each 4 KB read.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn api_keys(
        &self,
        filter: &CredentialFilter,
        after: Option<&ApiKeyId>,
        limit: i32,
    ) -> Result<Page<ApiKey, ApiKeyId>, StoreError> {
        let Page { items, next } = self.stored_keys(filter, after, limit).await?;
        Ok(Page { items: items.into_iter().map(|stored| stored.value.key).collect(), next })
    }

    async fn stored_keys(
        &self,
        filter: &CredentialFilter,
        after: Option<&ApiKeyId>,
        limit: i32,
    ) -> Result<Page<Versioned<StoredKey>, ApiKeyId>, StoreError> {
        let query = filter.query(&self.table, keys::API_KEYS);
        let query = query.set_exclusive_start_key(after.map(keys::api_key));
        table::fetch_page(query, limit, |item| StoredKey::from_item(item).map(Some)).await
    }

    /// Revokes the API key `id`: it is refused from the next request on. A revoked one stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if CentOps did not issue it.
    pub async fn revoke_api_key(
        &self,
        audit: &AuditContext<'_>,
        id: &ApiKeyId,
        reason: &str,
    ) -> Result<ApiKey, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.api_key(id).await?;
            let new = StoredKey { key: old.value.key.clone().revoked(reason, audit.now), ..old.value.clone() };
            if new.key == old.value.key {
                return Ok(new.key);
            }
            let transaction = self
                .transaction()
                .put(new.item(old.version + 1)?, Condition::Version(old.version))?
                .audit(audit, subject_of(new.key.profile, &new.key.name), &old.value.key, &new.key)?;
            match transaction.commit().await {
                Ok(()) => return Ok(new.key),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Revokes the API keys of the enrolment of `sweep`. The writes are parts of the request from `part` on.
    ///
    /// # Errors
    /// When the table does not answer; some may be revoked then.
    pub(super) async fn revoke_api_keys_of(
        &self,
        audit: &AuditContext<'_>,
        sweep: &Sweep,
        mut part: u8,
    ) -> Result<(), StoreError> {
        let filter = CredentialFilter::holder(sweep.profile, &sweep.name);
        let mut after = None;
        loop {
            let Page { items: mut valid, next } = self.stored_keys(&filter, after.as_ref(), BATCH).await?;
            valid.retain(|stored| {
                stored.value.key.enrolled_at == sweep.enrolled_at && stored.value.key.revoked_at.is_none()
            });
            if !valid.is_empty() {
                self.revoke_keys(&audit.part(part), &valid, &sweep.reason).await?;
                part = part.checked_add(1).ok_or(StoreError::Contended)?;
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Revokes all of `valid`, which belong to one holder, in one transaction.
    async fn revoke_keys(
        &self,
        audit: &AuditContext<'_>,
        valid: &[Versioned<StoredKey>],
        reason: &str,
    ) -> Result<(), StoreError> {
        let Some(first) = valid.first().map(|stored| &stored.value.key) else { return Ok(()) };
        let before: Vec<_> = valid.iter().map(|stored| &stored.value.key).collect();
        let revoked: Vec<_> = before.iter().map(|&key| key.clone().revoked(reason, audit.now)).collect();
        let transaction = valid.iter().zip(&revoked).try_fold(self.transaction(), |transaction, (old, key)| {
            let new = StoredKey { key: key.clone(), hash: old.value.hash.clone() };
            // Unconditional: another caller that revoked one meanwhile did the same, with another reason.
            transaction.put(new.item(old.version + 1)?, Condition::None)
        })?;
        let transaction = transaction.audit(audit, subject_of(first.profile, &first.name), &before, &revoked)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Contended))
    }

    async fn api_key(&self, id: &ApiKeyId) -> Result<Versioned<StoredKey>, StoreError> {
        let item = self.table.get(keys::api_key(id)).await?.ok_or(StoreError::NotFound)?;
        StoredKey::from_item(item)
    }
}

/// An API key and the hash of its secret. No answer and no record contains the hash.
#[derive(Clone)]
struct StoredKey {
    key: ApiKey,
    hash: SecretHash,
}

impl StoredKey {
    fn from_item(item: Item) -> Result<Versioned<Self>, StoreError> {
        let hash = text_of(&item, attributes::HASH)?.to_owned().try_into().map_err(StoreError::unreadable)?;
        let Versioned { value: key, version } = table::from_versioned_item(item)?;
        Ok(Versioned { value: Self { key, hash }, version })
    }

    fn item(&self, version: i64) -> Result<Item, StoreError> {
        let mut item = table::to_versioned_item(keys::api_key(&ApiKeyId::from(&self.key)), &self.key, version)?;
        item.insert(attributes::HASH.to_owned(), text(String::from(self.hash.clone())));
        if let Some(until) = self.key.retained_until() {
            item.insert(attributes::EXPIRES.to_owned(), number(until.as_second()));
        }
        Ok(item)
    }
}
