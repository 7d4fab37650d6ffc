//! The registry of peers: DMRs and classifiers. They are few: a list is one query.

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    credentials::Profile,
    health::Dmr,
    peers::{Peer, PeerKind},
};

use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned,
    audit::AuditContext,
    credentials::Sweep,
    keys,
    table::{self, Condition, Item, WriteError, first_version},
};

/// Error of a change of a peer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The institution of the peer has no record.
    #[error("there is no such institution")]
    NoInstitution,
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Returns all peers by name, strongly consistent. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn peers(&self) -> Result<Vec<Peer>, StoreError> {
        self.table.all(keys::PEERS).await?.into_iter().map(table::from_item).collect()
    }

    /// Returns the peer `name`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist.
    pub async fn peer(&self, name: &Name) -> Result<Versioned<Peer>, StoreError> {
        let item = self.table.get(keys::peer(name)).await?.ok_or(StoreError::NotFound)?;
        table::from_versioned_item(item)
    }

    /// Registers `peer`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if a peer or a chatbot has the name; [`PeerError::NoInstitution`].
    pub async fn create_peer(&self, audit: &AuditContext<'_>, peer: Peer) -> Result<Versioned<Peer>, PeerError> {
        /// The positions of the peer and of the check for a chatbot of the same name.
        const NAME: [usize; 2] = [0, 1];
        let new = Versioned { version: first_version(peer.created_at), value: peer };
        for _ in 0..ATTEMPTS {
            let transaction =
                self.transaction().put(peer_item(&new)?, Condition::Absent)?.absent(keys::chatbot(&new.value.name))?;
            let institution = self.find_institution(&new.value.institution).await?.ok_or(PeerError::NoInstitution)?;
            let mut transaction = transaction.join_institution(Some(&institution))?;
            if new.value.kind == PeerKind::Dmr {
                transaction = self.restart_dmr(transaction, &new.value.name, Dmr::registered, audit.now).await?;
            }
            match transaction.audit(audit, subject_of(&new.value), &(), &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(WriteError::Condition { position, .. }) if NAME.contains(&position) => {
                    return Err(StoreError::Exists.into());
                }
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Changes the peer `name` by `change`. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version;
    /// [`PeerError::NoInstitution`].
    pub async fn update_peer(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        expected: impl Into<IfMatch>,
        change: impl Fn(Peer) -> Peer,
    ) -> Result<Versioned<Peer>, PeerError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.peer(name).await?;
            old.check_version(&expected)?;
            let new = Versioned { value: change(old.value.clone()), version: old.version + 1 };
            let mut transaction = self.transaction().put(peer_item(&new)?, Condition::Version(old.version))?;
            if new.value.institution != old.value.institution {
                let institution = self.find_institution(&new.value.institution).await?;
                transaction = transaction.join_institution(Some(&institution.ok_or(PeerError::NoInstitution)?))?;
            }
            match transaction.audit(audit, subject_of(&new.value), &old.value, &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Removes the peer `name`. The credentials of a DMR are refused from then on. Returns the stored [`Sweep`] that ends
    /// them and its route subscription; none for a classifier. Of the reporting state of a DMR only its unsettled batches
    /// stay: their messages are still delivered, and each batch counts once. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version.
    pub async fn delete_peer(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        expected: impl Into<IfMatch>,
    ) -> Result<Option<Sweep>, StoreError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.peer(name).await?;
            old.check_version(&expected)?;
            let sweep = (old.value.kind == PeerKind::Dmr)
                .then(|| Sweep::of_enrolment(audit, Profile::Dmr, name, old.value.created_at));
            let mut transaction = self.transaction().delete(keys::peer(name), Some(old.version))?;
            if let Some(sweep) = &sweep {
                transaction = self.restart_dmr(transaction, name, Dmr::removed, audit.now).await?.sweep(sweep)?;
            }
            match transaction.audit(audit, subject_of(&old.value), &old.value, &())?.commit().await {
                Ok(()) => return Ok(sweep),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }
}

/// Returns the subject of an audit record about `peer`.
fn subject_of(peer: &Peer) -> Subject {
    Subject { chatbot: None, institution: Some(peer.institution.clone()) }
}

/// Returns the item of `peer`.
pub(crate) fn peer_item(peer: &Versioned<Peer>) -> Result<Item, StoreError> {
    table::to_versioned_item(keys::peer(&peer.value.name), &peer.value, peer.version)
}
