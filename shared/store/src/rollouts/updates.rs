//! The updates of chatbots in a rollout.

use centops_domain::{
    chatbots::Name,
    notifications::Enrolment,
    rollouts::{HeadRecord, InstitutionCounts, JobEvent, JobRecord, JobRefusal, Rollout, RolloutId, Stored},
};
use jiff::Timestamp;

use super::items::{StoredUpdate, head_item, institution_item, read_head, read_update, update_item};
use crate::{
    ATTEMPTS, Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Item, Key, Transaction, first_version, text_of},
};

/// An update: the rollout, the chatbot, and the institution whose sums it is part of.
#[derive(Clone, Copy, Debug)]
pub struct UpdateOf<'a> {
    /// The rollout.
    pub rollout: &'a Rollout,
    /// The chatbot.
    pub enrolment: &'a Enrolment,
    /// The institution of the chatbot when it was first offered the release. It does not change with the chatbot's.
    pub institution: &'a Name,
}

/// An update after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateStep {
    /// The update.
    pub record: JobRecord,
    /// The head of the rollout.
    pub head: HeadRecord,
    /// Why the event was refused, if it was.
    pub refusal: Option<JobRefusal>,
}

/// An update whose deadline has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueUpdate {
    /// The rollout.
    pub rollout: RolloutId,
    /// The chatbot.
    pub enrolment: Enrolment,
}

/// The items of a step as they were read, with their versions; 0 for one that is not stored yet.
struct Read {
    items: Stored,
    institution: Name,
    head: i64,
    record: i64,
    sums: i64,
}

impl Store {
    /// Takes the step of the update `of` by `event` at `now`, after the deadline of its stage if that has passed; without an
    /// event, the deadline only. A step that changes nothing writes nothing. Three read units, and one more at the end of a
    /// watch; two write units for each item that changes, and as many for its entry in the index of due items.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such rollout; [`StoreError::Contended`] if others changed the rollout at each
    /// attempt: nothing was written, and the caller asks again later.
    pub async fn step_update(
        &self,
        of: UpdateOf<'_>,
        event: Option<JobEvent>,
        now: Timestamp,
    ) -> Result<UpdateStep, StoreError> {
        for _ in 0..ATTEMPTS {
            let read = self.read_update(of).await?;
            // The health of the chatbot is read only where it matters.
            let ends_watch = read.items.record.ends_watch(now);
            let circuit_is_open = ends_watch && self.circuit_is_open(&of.enrolment.name, now).await?;
            let circumstances = of.rollout.circumstances(now, circuit_is_open);
            let (after, refusal) = match event {
                Some(event) => read.items.clone().after(event, circumstances),
                None => (read.items.clone().at(circumstances), None),
            };
            let step = UpdateStep { record: after.record.clone(), head: after.rollout, refusal };
            if after == read.items {
                return Ok(step);
            }
            match self.transaction().put_step(of, &read, after, event, now)?.commit().await {
                Ok(()) => return Ok(step),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns the update of `enrolment` in the rollout `id`, with the institution whose sums it is part of. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot was never offered the release.
    pub async fn update(&self, id: RolloutId, enrolment: &Enrolment) -> Result<(Name, JobRecord), StoreError> {
        let item = self.table.get(keys::update(id, enrolment)).await?.ok_or(StoreError::NotFound)?;
        let StoredUpdate { institution, record } = read_update(&item)?.value;
        Ok((institution, record))
    }

    /// Returns all updates of the rollout `id`, by name. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn updates_in(&self, id: RolloutId) -> Result<Vec<(Enrolment, JobRecord)>, StoreError> {
        let items =
            table::collect(self.table.query_prefix(&keys::rollout_pk(id), keys::UPDATE_PREFIX.to_owned())).await?;
        let read = |item: &Item| Ok((enrolment_of(item)?, read_update(item)?.value.record));
        items.iter().map(read).collect()
    }

    /// Returns the updates whose deadline has passed at `now`, the longest due first, at most `limit` of each shard. The
    /// index lags behind the table by a moment. Half a read unit for each shard and 4 KB of keys.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due_updates(&self, now: Timestamp, limit: usize) -> Result<Vec<DueUpdate>, StoreError> {
        let due = self.due_in_shards(keys::due_updates_partition, now, limit).await?;
        let read = |(_, item): &(Timestamp, Item)| {
            let rollout = keys::rollout_of(text_of(item, attributes::PK)?).ok_or_else(unknown_key)?;
            Ok(DueUpdate { rollout, enrolment: enrolment_of(item)? })
        };
        due.iter().map(read).collect()
    }

    /// Reads the three items of a step. They need not be of one moment: a step of items that have changed is not written.
    async fn read_update(&self, of: UpdateOf<'_>) -> Result<Read, StoreError> {
        let [head, record, sums] = self.items_of(of).await?;
        let head = read_head(&head.ok_or(StoreError::NotFound)?)?;
        let update = record.as_ref().map(read_update).transpose()?;
        // The sums are those of the institution of the first offer. A chatbot may have another one since.
        if let Some(update) = update.as_ref().filter(|update| update.value.institution != *of.institution) {
            let of = UpdateOf { institution: &update.value.institution, ..of };
            return Box::pin(self.read_update(of)).await;
        }
        let (record, version) =
            update.map_or((JobRecord::default(), 0), |update| (update.value.record, update.version));
        let none = Versioned { value: InstitutionCounts::default(), version: 0 };
        let sums =
            sums.as_ref().map(|item| table::from_json_item(item, attributes::DOCUMENT)).transpose()?.unwrap_or(none);
        Ok(Read {
            items: Stored { rollout: head.value, record, institution: sums.value },
            institution: of.institution.clone(),
            head: head.version,
            record: version,
            sums: sums.version,
        })
    }

    /// Returns the items of the head, the update and the sums of the institution, as far as they are stored.
    async fn items_of(&self, of: UpdateOf<'_>) -> Result<[Option<Item>; 3], StoreError> {
        let id = of.rollout.id;
        let keys =
            [keys::rollout_head(id), keys::update(id, of.enrolment), keys::rollout_institution(id, of.institution)];
        let mut items = self.table.get_many(&keys).await?;
        let mut take = |key: &Key| {
            let position = items.iter().position(|item| item.get(attributes::SK) == key.get(attributes::SK))?;
            Some(items.swap_remove(position))
        };
        Ok(keys.each_ref().map(&mut take))
    }

    /// Returns whether the circuit of a chatbot is open. That of one that was removed is: nothing shows that it works.
    async fn circuit_is_open(&self, name: &Name, now: Timestamp) -> Result<bool, StoreError> {
        match self.health(name).await {
            Ok(health) => Ok(!health.value.circuit(now).is_closed()),
            Err(StoreError::NotFound) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

impl Transaction<'_> {
    /// Adds the items that a step has changed, each on the condition that it is the one that was read, and this condition for
    /// the head if the step needs a rollout that runs.
    fn put_step(
        self,
        of: UpdateOf<'_>,
        read: &Read,
        after: Stored,
        event: Option<JobEvent>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let id = of.rollout.id;
        let next = |version: i64| if version == 0 { first_version(now) } else { version + 1 };
        let record = StoredUpdate { institution: read.institution.clone(), record: after.record };
        let record = Versioned { value: record, version: next(read.record) };
        let mut transaction =
            self.put(update_item(id, of.enrolment, &record, now)?, Condition::replaces(read.record))?;
        if after.rollout != read.items.rollout {
            let head = Versioned { value: after.rollout, version: next(read.head) };
            transaction = transaction.put(head_item(id, &head)?, Condition::replaces(read.head))?;
        } else if event.is_some_and(JobEvent::needs_running) {
            transaction = transaction.unchanged(keys::rollout_head(id), read.head)?;
        }
        if after.institution != read.items.institution {
            let sums = Versioned { value: after.institution, version: next(read.sums) };
            let item = institution_item(id, &read.institution, &sums)?;
            transaction = transaction.put(item, Condition::replaces(read.sums))?;
        }
        Ok(transaction)
    }
}

fn enrolment_of(item: &Item) -> Result<Enrolment, StoreError> {
    keys::enrolment_of_update(text_of(item, attributes::SK)?).ok_or_else(unknown_key)
}

/// The key of an item that is not one of a rollout.
#[derive(Debug, thiserror::Error)]
#[error("the key is not that of an update")]
struct UnknownKey;

fn unknown_key() -> StoreError {
    StoreError::unreadable(UnknownKey)
}
