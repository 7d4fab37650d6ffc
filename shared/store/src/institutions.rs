//! The institutions.
//!
//! Two rules span several items. A name is called once: each name has an item of its own, which is put with the
//! institution. And one that participants name is not removed: whoever joins an institution that has a record puts
//! a new version of it, in the transaction that enrols; a removal reads the version, then looks for participants,
//! and holds only while the version stands. So either the removal sees who joined, or it fails and looks again.

use aws_sdk_dynamodb::types::Select;
use centops_domain::{audit::Subject, chatbots::Name, institutions::Institution};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect, Item},
    keys,
    transaction::{Refused, Transaction},
};

/// Why an institution stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum InstitutionError {
    /// Another has the id.
    #[error("the id is taken")]
    IdTaken,
    /// Another is called the same.
    #[error("the name is taken")]
    NameTaken,
    /// Chatbots or peers name it.
    #[error("it has participants")]
    HasParticipants,
    /// The table's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The place of the institution in each transaction, and that of its name, where it is put.
const INSTITUTION: usize = 0;
const NAME: usize = 1;

impl Store {
    /// Every institution, by id, strongly consistent. A read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn institutions(&self) -> Result<Vec<Institution>, StoreError> {
        let items = self.query_all(keys::INSTITUTIONS).await?;
        items.into_iter().map(item::from_item).collect()
    }

    /// The institution `id`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it has no record.
    pub async fn institution(&self, id: &Name) -> Result<Versioned<Institution>, StoreError> {
        let item = self.get(keys::institution(id)).await?.ok_or(StoreError::NotFound)?;
        item::from_versioned_item(item)
    }

    /// Records `institution`, by `act`.
    ///
    /// # Errors
    /// [`InstitutionError::IdTaken`]; [`InstitutionError::NameTaken`].
    pub async fn create_institution(
        &self,
        act: &Act<'_>,
        institution: Institution,
    ) -> Result<Versioned<Institution>, InstitutionError> {
        // One that is recorded again has no version of before.
        let new = Versioned { version: act.now.as_millisecond(), value: institution };
        let transaction = Transaction::of(self)
            .put(institution_item(&new)?, Expect::Absent)?
            .put(keys::institution_name(&new.value.name), Expect::Absent)?
            .audit(act, subject(&new.value), &(), &new.value)?;
        match transaction.commit().await {
            Ok(()) => Ok(new),
            Err(Refused::Condition(INSTITUTION, _)) => Err(InstitutionError::IdTaken),
            Err(refused) => Err(taken(refused)),
        }
    }

    /// Puts `institution` in place of the one of its id, by `act`. With `expected` only while that has that
    /// version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] when it has not the version `expected`;
    /// [`InstitutionError::NameTaken`].
    pub async fn update_institution(
        &self,
        act: &Act<'_>,
        institution: Institution,
        expected: Option<i64>,
    ) -> Result<Versioned<Institution>, InstitutionError> {
        for _ in 0..ATTEMPTS {
            let old = self.institution(&institution.id).await?;
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed.into());
            }
            let new = Versioned { value: institution.clone(), version: old.version + 1 };
            let mut transaction = Transaction::of(self).put(institution_item(&new)?, Expect::Version(old.version))?;
            if new.value.name != old.value.name {
                transaction = transaction
                    .put(keys::institution_name(&new.value.name), Expect::Absent)?
                    .delete(keys::institution_name(&old.value.name), None)?;
            }
            match transaction.audit(act, subject(&new.value), &old.value, &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(Refused::Condition(NAME, _)) => return Err(InstitutionError::NameTaken),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Removes the institution `id`, by `act`. With `expected` only while it has that version. A read unit for
    /// each 4 KB of all chatbots and peers.
    ///
    /// # Errors
    /// [`InstitutionError::HasParticipants`]; [`StoreError::NotFound`]; [`StoreError::Changed`] when it has not
    /// the version `expected`.
    pub async fn delete_institution(
        &self,
        act: &Act<'_>,
        id: &Name,
        expected: Option<i64>,
    ) -> Result<(), InstitutionError> {
        for _ in 0..ATTEMPTS {
            let old = self.institution(id).await?;
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed.into());
            }
            if self.has_participants(id).await? {
                return Err(InstitutionError::HasParticipants);
            }
            let transaction = Transaction::of(self)
                .delete(keys::institution(id), Some(old.version))?
                .delete(keys::institution_name(&old.value.name), None)?;
            match transaction.audit(act, subject(&old.value), &old.value, &())?.commit().await {
                Ok(()) => return Ok(()),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// The record of the institution `id`, where it has one. One read unit.
    pub(crate) async fn institution_of(&self, id: &Name) -> Result<Option<Versioned<Institution>>, StoreError> {
        match self.institution(id).await {
            Ok(institution) => Ok(Some(institution)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a chatbot or a peer names the institution `id`, strongly consistent.
    async fn has_participants(&self, id: &Name) -> Result<bool, StoreError> {
        for partition in [keys::CHATBOTS, keys::PEERS] {
            let mut start = None;
            loop {
                let query = self
                    .client
                    .query()
                    .table_name(&self.table)
                    .key_condition_expression("pk = :pk")
                    .filter_expression("#institution = :institution")
                    .expression_attribute_names("#institution", "institution")
                    .expression_attribute_values(":pk", keys::text(partition))
                    .expression_attribute_values(":institution", keys::text(id.as_str()))
                    .select(Select::Count)
                    .consistent_read(true)
                    .set_exclusive_start_key(start);
                let page = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
                if page.count > 0 {
                    return Ok(true);
                }
                start = page.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(false)
    }
}

impl Transaction<'_> {
    /// Adds what makes a removal of `institution`, which somebody joins, look again. The condition fails when it
    /// changed meanwhile; it comes last so far.
    pub(crate) fn joining(self, institution: Option<&Versioned<Institution>>) -> Result<Self, StoreError> {
        let Some(Versioned { value, version }) = institution else { return Ok(self) };
        let item = institution_item(&Versioned { value: value.clone(), version: version + 1 })?;
        self.put(item, Expect::Version(*version))
    }
}

/// Why a name was not put.
fn taken(refused: Refused) -> InstitutionError {
    match refused {
        Refused::Condition(..) => InstitutionError::NameTaken,
        refused => refused.or(StoreError::Contended).into(),
    }
}

/// Whom it is done to.
fn subject(institution: &Institution) -> Subject {
    Subject { chatbot: None, institution: Some(institution.id.clone()) }
}

fn institution_item(institution: &Versioned<Institution>) -> Result<Item, StoreError> {
    item::to_versioned_item(keys::institution(&institution.value.id), &institution.value, institution.version)
}
