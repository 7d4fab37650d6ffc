//! API keys: whose they are, and the hashes that prove them.

use std::{fmt, str::FromStr};

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    credentials::{ApiKey, ApiKeySecret, KeyId, Profile, SecretHash},
};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect, Item},
    keys,
    transaction::Transaction,
};

/// So many keys are revoked in one transaction at the most: it has room for a hundred writes.
const AT_ONCE: i32 = 50;

/// What a key is found by: its holder first, so that only the holder's own certificate finds it. As text its
/// parts with `#` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyId {
    /// What its holder is.
    pub profile: Profile,
    /// Its holder.
    pub name: Name,
    /// Which of the holder's keys it is.
    pub id: KeyId,
}

/// A text that is no [`ApiKeyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the place of an API key")]
pub struct InvalidApiKeyId;

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.profile, self.name, self.id)
    }
}

impl FromStr for ApiKeyId {
    type Err = InvalidApiKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidApiKeyId> {
        let mut parts = text.splitn(3, '#');
        let mut next = || parts.next().unwrap_or_default();
        match (next().parse(), next().parse(), next().parse()) {
            (Ok(profile), Ok(name), Ok(id)) => Ok(Self { profile, name, id }),
            _ => Err(InvalidApiKeyId),
        }
    }
}

impl From<&ApiKey> for ApiKeyId {
    fn from(key: &ApiKey) -> Self {
        let ApiKey { id, profile, name, .. } = key.clone();
        Self { profile, name, id }
    }
}

/// Which keys a list has: a holder's, a profile's, or all.
#[derive(Clone, Debug, Default)]
pub struct ApiKeyFilter {
    /// Of this profile only.
    pub profile: Option<Profile>,
    /// Of the holder of this name only; counts with a profile.
    pub name: Option<Name>,
}

impl ApiKeyFilter {
    /// Whether a page of such a list can start after `place`.
    #[must_use]
    pub fn reaches(&self, place: &ApiKeyId) -> bool {
        place.to_string().starts_with(&self.prefix())
    }

    fn prefix(&self) -> String {
        match (self.profile, &self.name) {
            (Some(profile), Some(name)) => format!("{profile}#{name}#"),
            (Some(profile), None) => format!("{profile}#"),
            (None, _) => String::new(),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct ApiKeyPage {
    /// By profile, name and id.
    pub keys: Vec<ApiKey>,
    /// The key after which the next page starts; none on the last.
    pub next: Option<ApiKeyId>,
}

impl Store {
    /// Stores `key`, which was just issued by `act`, with the hash of its secret.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the holder has one of that id.
    pub async fn put_api_key(&self, act: &Act<'_>, key: &ApiKey, hash: &SecretHash) -> Result<(), StoreError> {
        let new = Stored { key: key.clone(), hash: hash.clone() };
        let transaction =
            Transaction::of(self).put(new.item(1)?, Expect::Absent)?.audit(act, subject(key), &(), key)?;
        transaction.commit().await.map_err(|refused| refused.or(StoreError::Exists))
    }

    /// Whether `secret` is a good key of the holder, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn is_api_key(&self, profile: Profile, name: &Name, secret: &ApiKeySecret) -> Result<bool, StoreError> {
        let id = ApiKeyId { profile, name: name.clone(), id: secret.id.clone() };
        match self.api_key(&id).await {
            Ok(found) => Ok(found.value.key.revoked_at.is_none() && found.value.hash.matches(&secret.hash())),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Up to `limit` keys after the place `after`, those that `filter` lets through, the revoked ones too, by
    /// profile, name and id. A read unit for each 4 KB. `after` must be one that the filter reaches.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn api_keys(
        &self,
        filter: &ApiKeyFilter,
        after: Option<&ApiKeyId>,
        limit: i32,
    ) -> Result<ApiKeyPage, StoreError> {
        let (keys, next) = self.stored_keys(filter, after, limit).await?;
        Ok(ApiKeyPage { keys: keys.into_iter().map(|stored| stored.value.key).collect(), next })
    }

    async fn stored_keys(
        &self,
        filter: &ApiKeyFilter,
        after: Option<&ApiKeyId>,
        limit: i32,
    ) -> Result<(Vec<Versioned<Stored>>, Option<ApiKeyId>), StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .expression_attribute_values(":pk", keys::text(keys::API_KEYS))
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(after.map(keys::api_key));
        let query = match filter.prefix() {
            all if all.is_empty() => query.key_condition_expression("pk = :pk"),
            prefix => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", keys::text(prefix)),
        };
        let page = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
        let next = item::place_after(page.last_evaluated_key)?;
        let keys = page.items.unwrap_or_default().into_iter().map(Stored::of).collect::<Result<_, _>>()?;
        Ok((keys, next))
    }

    /// Revokes the key `id`, by `act`: from the next request on it does not count. One that is revoked stays
    /// as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when CentOps issued none such.
    pub async fn revoke_api_key(&self, act: &Act<'_>, id: &ApiKeyId, reason: &str) -> Result<ApiKey, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.api_key(id).await?;
            let new = Stored { key: old.value.key.clone().revoked(reason, act.now), ..old.value.clone() };
            if new.key == old.value.key {
                return Ok(new.key);
            }
            let transaction = Transaction::of(self)
                .put(new.item(old.version + 1)?, Expect::Version(old.version))?
                .audit(act, subject(&new.key), &old.value.key, &new.key)?;
            match transaction.commit().await {
                Ok(()) => return Ok(new.key),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Revokes what certificates and API keys the holder has, by `act`, in writes of the parts from `part` on.
    /// Gives the part after the last.
    ///
    /// # Errors
    /// When the table does not answer; some may be revoked then.
    pub(crate) async fn revoke_credentials_of(
        &self,
        act: &Act<'_>,
        profile: Profile,
        name: &Name,
        reason: &str,
        part: u8,
    ) -> Result<u8, StoreError> {
        let mut part = self.revoke_certificates_of(act, profile, name, reason, part).await?;
        let filter = ApiKeyFilter { profile: Some(profile), name: Some(name.clone()) };
        let mut after = None;
        loop {
            let (keys, next) = self.stored_keys(&filter, after.as_ref(), AT_ONCE).await?;
            let live = keys.into_iter().filter(|stored| stored.value.key.revoked_at.is_none()).collect::<Vec<_>>();
            if !live.is_empty() {
                self.revoke_keys(&act.part(part), &live, reason).await?;
                part = part.checked_add(1).ok_or(StoreError::Contended)?;
            }
            after = next;
            if after.is_none() {
                return Ok(part);
            }
        }
    }

    /// Revokes all of `live`, which are of one holder, in one transaction.
    async fn revoke_keys(&self, act: &Act<'_>, live: &[Versioned<Stored>], reason: &str) -> Result<(), StoreError> {
        let Some(first) = live.first() else { return Ok(()) };
        let before: Vec<_> = live.iter().map(|stored| &stored.value.key).collect();
        let revoked: Vec<_> = before.iter().map(|&key| key.clone().revoked(reason, act.now)).collect();
        let pairs = live.iter().zip(&revoked);
        let transaction = pairs.into_iter().try_fold(Transaction::of(self), |transaction, (old, key)| {
            let new = Stored { key: key.clone(), hash: old.value.hash.clone() };
            // Whoever revoked one meanwhile did the same; its reason gives way.
            transaction.put(new.item(old.version + 1)?, Expect::Any)
        })?;
        let transaction = transaction.audit(act, subject(&first.value.key), &before, &revoked)?;
        transaction.commit().await.map_err(|refused| refused.or(StoreError::Contended))
    }

    async fn api_key(&self, id: &ApiKeyId) -> Result<Versioned<Stored>, StoreError> {
        let item = self.get(keys::api_key(id)).await?.ok_or(StoreError::NotFound)?;
        Stored::of(item)
    }
}

/// A key and the hash of its secret. The hash leaves this file in no answer and no record.
#[derive(Clone)]
struct Stored {
    key: ApiKey,
    hash: SecretHash,
}

impl Stored {
    fn of(item: Item) -> Result<Versioned<Self>, StoreError> {
        let hash = item::text_of(&item, keys::HASH)?.to_owned().try_into().map_err(StoreError::unreadable)?;
        let Versioned { value: key, version } = item::from_versioned_item(item)?;
        Ok(Versioned { value: Self { key, hash }, version })
    }

    fn item(&self, version: i64) -> Result<Item, StoreError> {
        let mut item = item::to_versioned_item(keys::api_key(&ApiKeyId::from(&self.key)), &self.key, version)?;
        item.insert(keys::HASH.to_owned(), keys::text(String::from(self.hash.clone())));
        if let Some(until) = self.key.retained_until() {
            item.insert(keys::EXPIRES.to_owned(), keys::number(until.as_second()));
        }
        Ok(item)
    }
}

/// Whom it is done to.
fn subject(key: &ApiKey) -> Subject {
    match key.profile {
        Profile::Chatbot => Subject { chatbot: Some(key.name.clone()), institution: None },
        Profile::Dmr => Subject::default(),
    }
}
