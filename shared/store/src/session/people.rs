//! People with grants.

use centops_domain::{
    audit::Subject,
    callers::Role,
    session::{Grant, PersonId, PersonRecord},
};

use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, WriteError, first_version, text, text_of},
};

/// Error of a change of a person.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Another record has the subject.
    #[error("the person is known")]
    Known,
    /// The person does not have the role.
    #[error("the person does not have the role")]
    NoGrant,
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Returns the person `subject`, strongly consistent; none without a record. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn person_of(&self, subject: &str) -> Result<Option<Versioned<PersonRecord>>, StoreError> {
        let item = self.table.get(keys::person(subject)).await?;
        item.map(|item| table::from_json_item(&item, attributes::DOCUMENT)).transpose()
    }

    /// Returns the person `id`, strongly consistent. Two read units.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn person(&self, id: PersonId) -> Result<Versioned<PersonRecord>, StoreError> {
        let item = self.table.get(keys::person_by_id(id)).await?.ok_or(StoreError::NotFound)?;
        self.person_of(text_of(&item, attributes::DOCUMENT)?).await?.ok_or(StoreError::NotFound)
    }

    /// Returns all people with records, in the order of their addition. One read unit each, and for each 4 KB of their
    /// subjects.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn people(&self) -> Result<Vec<PersonRecord>, StoreError> {
        let items = self.table.all(keys::PEOPLE).await?;
        let subjects = items.iter().map(|item| text_of(item, attributes::DOCUMENT));
        let keys = subjects.map(|subject| subject.map(keys::person)).collect::<Result<Vec<_>, _>>()?;
        let found = self.table.get_many(&keys).await?;
        let read = |item: &Item| table::from_json_item(item, attributes::DOCUMENT);
        let found = found.iter().map(|item| read(item).map(|person: Versioned<PersonRecord>| person.value));
        let mut people = found.collect::<Result<Vec<_>, _>>()?;
        people.sort_by_key(|person| person.id);
        Ok(people)
    }

    /// Adds the record `person`, without grants.
    ///
    /// # Errors
    /// [`PersonError::Known`].
    pub async fn add_person(
        &self,
        audit: &AuditContext<'_>,
        person: PersonRecord,
    ) -> Result<Versioned<PersonRecord>, PersonError> {
        let new = Versioned { version: first_version(audit.now), value: person };
        let [record, by_id] = person_items(&new)?;
        let transaction = self.transaction().put(record, Condition::Absent)?.put(by_id, Condition::None)?;
        match transaction.audit(audit, Subject::default(), &(), &new.value)?.commit().await {
            Ok(()) => Ok(new),
            Err(WriteError::Condition { .. }) => Err(PersonError::Known),
            Err(error) => Err(error.or(StoreError::Contended).into()),
        }
    }

    /// Sets the grant of `role` of the person `id`, or ends it with none. `expected` must accept the record's version.
    ///
    /// # Errors
    /// [`PersonError::NoGrant`] if the role that is to end is not granted; [`StoreError::NotFound`];
    /// [`StoreError::Changed`] if `expected` does not accept the version.
    pub async fn set_grant(
        &self,
        audit: &AuditContext<'_>,
        id: PersonId,
        expected: impl Into<IfMatch>,
        role: Role,
        grant: Option<Grant>,
    ) -> Result<Versioned<PersonRecord>, PersonError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.person(id).await?;
            old.check_version(&expected)?;
            let mut person = old.value.clone();
            match grant.clone() {
                Some(grant) => {
                    person.grants.insert(role, grant);
                }
                None => {
                    person.grants.remove(&role).ok_or(PersonError::NoGrant)?;
                }
            }
            let new = Versioned { value: person, version: old.version + 1 };
            let transaction = self.transaction().put(item(&new)?, Condition::Version(old.version))?;
            match transaction.audit(audit, Subject::default(), &old.value, &new.value)?.commit().await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// Returns the items of a new `person`: the record, and the subject by the id.
pub(crate) fn person_items(person: &Versioned<PersonRecord>) -> Result<[Item; 2], StoreError> {
    let mut by_id = keys::person_by_id(person.value.id);
    by_id.insert(attributes::DOCUMENT.to_owned(), text(person.value.subject.clone()));
    Ok([item(person)?, by_id])
}

fn item(person: &Versioned<PersonRecord>) -> Result<Item, StoreError> {
    table::to_json_item(keys::person(&person.value.subject), attributes::DOCUMENT, person)
}
