//! The institutions.
//!
//! Two invariants span several items:
//! - A name belongs to one institution, and so do all names that people cannot tell from it. Each name has an item of its
//!   own, under its form for comparison, which is put together with the institution.
//! - An institution with participants is not removed. A participant that joins puts a new version of the institution in
//!   its own transaction. A removal reads the version, then looks for participants, and holds only while the version is
//!   unchanged. So the removal either sees the participant, or fails and tries again.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::Select;
use centops_domain::{audit::Subject, chatbots::Name, institutions::Institution};

use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, Transaction, WriteError, first_version, text},
};

/// Error of a change of an institution.
#[derive(Debug, thiserror::Error)]
pub enum InstitutionError {
    /// Another institution has the id.
    #[error("the id is taken")]
    IdTaken,
    /// Another institution has the name.
    #[error("the name is taken")]
    NameTaken,
    /// Chatbots or peers belong to the institution.
    #[error("it has participants")]
    HasParticipants,
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The position of the institution in each transaction.
const INSTITUTION: usize = 0;
/// The position of its name, if it is put.
const NAME: usize = 1;

impl Store {
    /// Returns all institutions by id, strongly consistent. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn institutions(&self) -> Result<Vec<Institution>, StoreError> {
        self.table.all(keys::INSTITUTIONS).await?.into_iter().map(table::from_item).collect()
    }

    /// Returns the institutions `ids` that have a record, by id, strongly consistent. One read unit each.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn institutions_by_id(&self, ids: &BTreeSet<Name>) -> Result<Vec<Institution>, StoreError> {
        let keys: Vec<_> = ids.iter().map(keys::institution).collect();
        let found = self.table.get_many(&keys).await?.into_iter().map(table::from_item);
        let mut found = found.collect::<Result<Vec<Institution>, _>>()?;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    /// Returns the institution `id`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it has no record.
    pub async fn institution(&self, id: &Name) -> Result<Versioned<Institution>, StoreError> {
        self.find_institution(id).await?.ok_or(StoreError::NotFound)
    }

    /// Returns the institution `id` if it has a record. One read unit.
    pub(crate) async fn find_institution(&self, id: &Name) -> Result<Option<Versioned<Institution>>, StoreError> {
        self.table.get(keys::institution(id)).await?.map(table::from_versioned_item).transpose()
    }

    /// Creates the record of `institution`.
    ///
    /// # Errors
    /// [`InstitutionError::IdTaken`]; [`InstitutionError::NameTaken`].
    pub async fn create_institution(
        &self,
        audit: &AuditContext<'_>,
        institution: Institution,
    ) -> Result<Versioned<Institution>, InstitutionError> {
        let new = Versioned { version: first_version(audit.now), value: institution };
        let transaction = self
            .transaction()
            .put(institution_item(&new)?, Condition::Absent)?
            .put(keys::institution_name(&new.value.name), Condition::Absent)?
            .audit(audit, subject_of(&new.value), &(), &new.value)?;
        match transaction.commit().await {
            Ok(()) => Ok(new),
            Err(WriteError::Condition { position: INSTITUTION, .. }) => Err(InstitutionError::IdTaken),
            Err(WriteError::Condition { .. }) => Err(InstitutionError::NameTaken),
            Err(error) => Err(error.or(StoreError::Contended).into()),
        }
    }

    /// Replaces the institution of the same id by `institution`. `expected` must accept the version of the stored one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version;
    /// [`InstitutionError::NameTaken`].
    pub async fn update_institution(
        &self,
        audit: &AuditContext<'_>,
        institution: Institution,
        expected: impl Into<IfMatch>,
    ) -> Result<Versioned<Institution>, InstitutionError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.institution(&institution.id).await?;
            old.check_version(&expected)?;
            let new = Versioned { value: institution.clone(), version: old.version + 1 };
            let mut transaction = self.transaction().put(institution_item(&new)?, Condition::Version(old.version))?;
            if new.value.name.comparable() != old.value.name.comparable() {
                transaction = transaction
                    .put(keys::institution_name(&new.value.name), Condition::Absent)?
                    .delete(keys::institution_name(&old.value.name), None)?;
            }
            match transaction.audit(audit, subject_of(&new.value), &old.value, &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(WriteError::Condition { position: NAME, .. }) => return Err(InstitutionError::NameTaken),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Removes the institution `id`. `expected` must accept its version. A removal costs one read unit for each 4 KB of
    /// all chatbots and peers; a refusal, because of participants, a few.
    ///
    /// # Errors
    /// [`InstitutionError::HasParticipants`]; [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected`
    /// does not accept its version.
    pub async fn delete_institution(
        &self,
        audit: &AuditContext<'_>,
        id: &Name,
        expected: impl Into<IfMatch>,
    ) -> Result<(), InstitutionError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.institution(id).await?;
            old.check_version(&expected)?;
            if self.has_participants(id).await? {
                return Err(InstitutionError::HasParticipants);
            }
            let transaction = self
                .transaction()
                .delete(keys::institution(id), Some(old.version))?
                .delete(keys::institution_name(&old.value.name), None)?;
            match transaction.audit(audit, subject_of(&old.value), &old.value, &())?.commit().await {
                Ok(()) => return Ok(()),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Returns whether a chatbot or a peer belongs to the institution `id`, strongly consistent. If the index has one,
    /// that one is read. If it has none, it may lag, so all are read.
    async fn has_participants(&self, id: &Name) -> Result<bool, StoreError> {
        let (some, _) = self.members(id, None, 10).await?;
        if !self.read_members(&some).await?.is_empty() {
            return Ok(true);
        }
        for partition in [keys::CHATBOTS, keys::PEERS] {
            let mut start = None;
            loop {
                let query = self
                    .table
                    .query_partition(partition)
                    .filter_expression("#institution = :institution")
                    .expression_attribute_names("#institution", attributes::INSTITUTION)
                    .expression_attribute_values(":institution", text(id.as_str()))
                    .select(Select::Count)
                    .set_exclusive_start_key(start);
                let output = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
                if output.count > 0 {
                    return Ok(true);
                }
                start = output.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(false)
    }
}

impl Transaction<'_> {
    /// Adds a new version of `institution`, which a participant joins, so that a concurrent removal fails. The
    /// condition fails if the institution changed meanwhile.
    pub(crate) fn join_institution(self, institution: Option<&Versioned<Institution>>) -> Result<Self, StoreError> {
        let Some(Versioned { value, version }) = institution else { return Ok(self) };
        let item = institution_item(&Versioned { value: value.clone(), version: version + 1 })?;
        self.put(item, Condition::Version(*version))
    }
}

/// Returns the subject of an audit record about `institution`.
fn subject_of(institution: &Institution) -> Subject {
    Subject { chatbot: None, institution: Some(institution.id.clone()) }
}

/// Returns the item of `institution`.
pub(crate) fn institution_item(institution: &Versioned<Institution>) -> Result<Item, StoreError> {
    table::to_versioned_item(keys::institution(&institution.value.id), &institution.value, institution.version)
}
