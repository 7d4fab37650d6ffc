//! The DMRs and classifiers that are registered. They are few: a list is one query.

use centops_domain::{audit::Subject, chatbots::Name, legacy::Peer};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect, Item},
    keys,
    transaction::{Refused, Transaction},
};

/// Why a peer is not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Its institution has no record.
    #[error("there is no such institution")]
    NoInstitution,
    /// The table's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Every peer, by name, strongly consistent. A read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        let items = self.query_all(keys::PEERS).await?;
        items.into_iter().map(item::from_item).collect()
    }

    /// The peer `name`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub async fn peer(&self, name: &Name) -> Result<Versioned<Peer>, StoreError> {
        let item = self.get(keys::peer(name)).await?.ok_or(StoreError::NotFound)?;
        item::from_versioned_item(item)
    }

    /// Registers `peer`, by `act`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when a peer or a chatbot has the name; [`RegisterError::NoInstitution`].
    pub async fn create_peer(&self, act: &Act<'_>, peer: Peer) -> Result<Versioned<Peer>, RegisterError> {
        /// The place of the peer in the transaction, and that of the chatbot of the same name.
        const TAKEN: [usize; 2] = [0, 1];
        let new = Versioned { version: peer.created_at.as_millisecond(), value: peer };
        for _ in 0..ATTEMPTS {
            let transaction =
                Transaction::of(self).put(peer_item(&new)?, Expect::Absent)?.absent(keys::chatbot(&new.value.name))?;
            let institution = self.institution_of(&new.value.institution).await?.ok_or(RegisterError::NoInstitution)?;
            let transaction = transaction.joining(Some(&institution))?;
            match transaction.audit(act, subject(&new.value), &(), &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(Refused::Condition(place, _)) if TAKEN.contains(&place) => return Err(StoreError::Exists.into()),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Changes the peer `name` by `change`, by `act`. With `expected` only while it has that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] when it has not the version `expected`;
    /// [`RegisterError::NoInstitution`].
    pub async fn update_peer(
        &self,
        act: &Act<'_>,
        name: &Name,
        expected: Option<i64>,
        change: impl Fn(Peer) -> Peer,
    ) -> Result<Versioned<Peer>, RegisterError> {
        for _ in 0..ATTEMPTS {
            let old = self.peer(name).await?;
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed.into());
            }
            let new = Versioned { value: change(old.value.clone()), version: old.version + 1 };
            let mut transaction = Transaction::of(self).put(peer_item(&new)?, Expect::Version(old.version))?;
            if new.value.institution != old.value.institution {
                let institution = self.institution_of(&new.value.institution).await?;
                transaction = transaction.joining(Some(&institution.ok_or(RegisterError::NoInstitution)?))?;
            }
            match transaction.audit(act, subject(&new.value), &old.value, &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Removes the peer `name`, by `act`. With `expected` only while it has that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] when it has not the version `expected`.
    pub async fn delete_peer(&self, act: &Act<'_>, name: &Name, expected: Option<i64>) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.peer(name).await?;
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed);
            }
            let transaction = Transaction::of(self).delete(keys::peer(name), Some(old.version))?;
            match transaction.audit(act, subject(&old.value), &old.value, &())?.commit().await {
                Ok(()) => return Ok(()),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }
}

/// Whom it is done to.
fn subject(peer: &Peer) -> Subject {
    Subject { chatbot: None, institution: Some(peer.institution.clone()) }
}

fn peer_item(peer: &Versioned<Peer>) -> Result<Item, StoreError> {
    item::to_versioned_item(keys::peer(&peer.value.name), &peer.value, peer.version)
}
