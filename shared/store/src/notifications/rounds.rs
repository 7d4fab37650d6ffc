//! Rounds: one look at what is pending for a subscription, and the message that follows from it.

use std::collections::BTreeSet;

use centops_domain::notifications::{
    Combined, Enrolment, FIRST_WAIT, MEMORY, Notified, NotifiedChange, NotifiedStatus, PendingNotification,
    SubscriptionId,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    messages::{Message, message_item},
    pending::{PENDING, read_pending},
    schedule::{Hold, Queued, SCHEDULE, Schedule, read_schedule, schedule_item},
};
use crate::{
    Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Item, Key, WriteError, expiry, text, text_of},
};

/// The sort key of the message that is being delivered.
pub(super) const OPEN: &str = "OPEN";
/// Prefix of the sort keys of notifications that were told or dropped.
const SETTLED: &str = "SETTLED#";
/// Prefix of the sort keys of what was told of chatbots.
const TOLD: &str = "TOLD#";
/// The time in which whoever opened a message delivers it. Afterwards another does.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The settlement of an open message, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settlement {
    /// The id of the message; none if everything was dropped.
    pub(super) message: Option<String>,
    /// The ids of the notifications that were told or dropped.
    pub(super) settled: Vec<String>,
    /// Changes of what the subscription knows.
    pub(super) changes: Vec<NotifiedChange>,
    /// The statuses of chatbots that the message tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) told: Vec<(Enrolment, NotifiedStatus)>,
}

/// A message that the caller delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMessage {
    settlement: Settlement,
    /// The schedule that was written with it.
    schedule: Versioned<Schedule>,
}

impl OpenMessage {
    /// Returns the id of the message; none if everything was dropped.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.settlement.message.as_deref()
    }

    /// Returns the statuses of chatbots that the message tells. None for one that is delivered again after it was given up.
    #[must_use]
    pub fn told(&self) -> &[(Enrolment, NotifiedStatus)] {
        &self.settlement.told
    }
}

/// The state of a subscription before a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The subscription.
    pub id: SubscriptionId,
    /// Its schedule.
    pub schedule: Versioned<Schedule>,
    /// The message that is being delivered, if there is one.
    open: Option<Settlement>,
    /// The pending notifications, the oldest first.
    pub pending: Vec<PendingNotification>,
    /// The chatbots and notifications that it was told of.
    pub told: Notified,
}

impl Round {
    /// Returns until when another delivers a message, or one waits for its retry; none if nothing is open at `now`.
    #[must_use]
    pub fn busy_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.open.as_ref().and(self.schedule.value.due).filter(|until| *until > now)
    }
}

impl Store {
    /// Returns the round of the subscription `id`, strongly consistent. One read unit for each 4 KB of what is pending
    /// and what it was told.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn round(&self, id: SubscriptionId) -> Result<Round, StoreError> {
        let schedule = Versioned { value: Schedule::default(), version: 0 };
        let mut round = Round { id, schedule, open: None, pending: Vec::new(), told: Notified::default() };
        for item in self.table.all(&keys::notify_pk(id)).await? {
            let sk = text_of(&item, attributes::SK)?;
            if sk == SCHEDULE {
                round.schedule = read_schedule(&item)?;
            } else if sk == OPEN {
                round.open = Some(table::json_of(&item, attributes::DOCUMENT)?);
            } else if sk.starts_with(PENDING) {
                round.pending.push(read_pending(&item)?);
            } else if let Some(id) = sk.strip_prefix(SETTLED) {
                round.told.events.insert(id.to_owned(), table::json_of(&item, attributes::DOCUMENT)?);
            } else if sk.starts_with(TOLD) {
                let (chatbot, status): (Enrolment, NotifiedStatus) = table::json_of(&item, attributes::DOCUMENT)?;
                round.told.chatbots.insert(chatbot, status);
            }
        }
        round.pending.sort_by(|one, other| (one.queued_at, &one.id).cmp(&(other.queued_at, &other.id)));
        Ok(round)
    }

    /// Records the decision of `round` at `now` in one transaction: `message`, if there is one, and what `combined`
    /// settles. Returns the open message that the caller delivers and then [closes](Store::close_message). None if
    /// another round decided meanwhile.
    ///
    /// # Errors
    /// When the table does not answer. The decision may have been recorded.
    pub async fn open_message(
        &self,
        round: &Round,
        combined: &Combined,
        message: Option<&Message>,
        now: Timestamp,
    ) -> Result<Option<OpenMessage>, StoreError> {
        let (id, until) = (round.id, now + LEASE);
        let dropped = combined.dropped.iter().map(|dropped| &dropped.id);
        let mut history = round.schedule.value.history.clone();
        if message.is_some() {
            history.record(now);
        }
        let schedule = Schedule { due: Some(until), hold: Hold::Delivering, history };
        let schedule = Versioned { value: schedule, version: round.schedule.version + 1 };
        let settlement = Settlement {
            message: message.map(|message| message.id.clone()),
            settled: combined.told.iter().chain(dropped).cloned().collect(),
            changes: combined.changes.clone(),
            told: if message.is_some() { combined.told_statuses() } else { vec![] },
        };
        let open = OpenMessage { settlement, schedule };
        let mut transaction = self
            .transaction()
            .put(schedule_item(id, &open.schedule)?, Condition::replaces(round.schedule.version))?
            .put(open_item(id, &open.settlement)?, Condition::Absent)?;
        if let Some(message) = message {
            transaction = transaction.put(message_item(&message.clone().first())?, Condition::Absent)?;
        }
        match transaction.commit().await {
            Ok(()) => Ok(Some(open)),
            Err(error) => error.retryable().map(|()| None),
        }
    }

    /// Takes over the open message of `round`, whose lease has expired or whose retry is due at `now`. None if there is
    /// none, or if another took it over. Two write units.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn take_over(&self, round: &Round, now: Timestamp) -> Result<Option<OpenMessage>, StoreError> {
        let Some(open) = round.open.as_ref().filter(|_| round.busy_until(now).is_none()) else { return Ok(None) };
        let next = Schedule { due: Some(now + LEASE), hold: Hold::Delivering, ..round.schedule.value.clone() };
        let schedule = Versioned { value: next, version: round.schedule.version + 1 };
        // A transaction, for its token tells two writers of the same content from one that repeats its request.
        let item = schedule_item(round.id, &schedule)?;
        match self.transaction().put(item, Condition::Version(round.schedule.version))?.commit().await {
            Ok(()) => Ok(Some(OpenMessage { settlement: open.clone(), schedule })),
            Err(error) => error.retryable().map(|()| None),
        }
    }

    /// Leaves the `open` message of the subscription `id` to a retry at `at`, or earlier if something new is ready, but
    /// not before `not_before`. Returns when the caller has to wake the subscription; none if another took it over
    /// meanwhile.
    ///
    /// # Errors
    /// When the table does not answer. Another delivers it after its lease.
    pub async fn postpone_message(
        &self,
        id: SubscriptionId,
        open: &OpenMessage,
        at: Timestamp,
        not_before: Timestamp,
    ) -> Result<Queued, StoreError> {
        let Versioned { value: schedule, version } = &open.schedule;
        let next = Schedule { due: Some(at), hold: Hold::Retrying { not_before }, ..schedule.clone() };
        if self.put_schedule(id, next, *version).await?.is_none() {
            return Ok(Queued { wake_at: None });
        }
        // What was queued during the attempt is new too, and relied on whoever made it.
        let pending = self.round(id).await?.pending;
        let settled: BTreeSet<&String> = open.settlement.settled.iter().collect();
        let mut queued = Queued { wake_at: Some(at) };
        if let Some(new) = pending.iter().find(|one| !settled.contains(&one.id)) {
            let earlier = self.schedule_by(id, new.queued_at + FIRST_WAIT).await?;
            queued.wake_at = earlier.wake_at.or(queued.wake_at);
        }
        Ok(queued)
    }

    /// Settles what the `open` message of `round` tells, and closes it at `now`: the next round is due at once. Every
    /// step may be repeated. A write unit for each notification, and one for each change of what was told.
    ///
    /// # Errors
    /// When the table does not answer. The message stays open, and another closes it after its lease.
    pub async fn close_message(
        &self,
        id: SubscriptionId,
        open: &OpenMessage,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut puts, mut deletes) = (Vec::new(), Vec::new());
        for settled in &open.settlement.settled {
            puts.push(settled_item(keys::notify(id, format!("{SETTLED}{settled}")), now)?);
            deletes.push(keys::notify(id, format!("{PENDING}{settled}")));
        }
        for NotifiedChange { chatbot, status } in &open.settlement.changes {
            let key = keys::notify(id, told_sk(chatbot));
            match status {
                Some(status) => puts.push(told_item(key, chatbot, *status)?),
                None => deletes.push(key),
            }
        }
        self.table.write_batch(puts, deletes).await?;
        let Versioned { value: schedule, version } = &open.schedule;
        let next = Schedule { due: Some(now), hold: Hold::None, ..schedule.clone() };
        let next = Versioned { value: next, version: version + 1 };
        let transaction = self
            .transaction()
            .put(schedule_item(id, &next)?, Condition::Version(*version))?
            .delete(keys::notify(id, OPEN), None)?;
        // If the condition fails, another took it over and closed it.
        transaction.commit().await.or_else(WriteError::retryable)
    }

    /// Schedules the next round for `at`, or for when something is queued. `round` was the last. Returns when the
    /// caller has to wake the subscription; none if another wakes it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn put_due(&self, round: &Round, at: Option<Timestamp>) -> Result<Queued, StoreError> {
        let mut wake_at = None;
        if round.schedule.value.due != at {
            let next = Schedule { due: at, ..round.schedule.value.clone() };
            if self.put_schedule(round.id, next, round.schedule.version).await?.is_none() {
                // Another round has decided since, or something was queued: whoever wrote it wakes the subscription.
                return Ok(Queued { wake_at: None });
            }
            wake_at = at;
        }
        let earlier = self.schedule_new(round).await?;
        Ok(Queued { wake_at: earlier.wake_at.or(wake_at) })
    }

    /// Schedules a round if something was queued that `round` did not see: its caller relied on the round that was due.
    async fn schedule_new(&self, round: &Round) -> Result<Queued, StoreError> {
        let seen: BTreeSet<&str> = round.pending.iter().map(|one| one.id.as_str()).collect();
        let new = self.round(round.id).await?;
        let first = new.pending.iter().filter(|one| !seen.contains(one.id.as_str())).map(|one| one.queued_at).min();
        match first {
            Some(queued_at) => self.schedule_by(round.id, queued_at + FIRST_WAIT).await,
            None => Ok(Queued { wake_at: None }),
        }
    }
}

fn settled_item(key: Key, now: Timestamp) -> Result<Item, StoreError> {
    let mut item = key;
    let at = serde_json::to_string(&now).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(at));
    item.insert(attributes::EXPIRES.to_owned(), expiry(now, MEMORY));
    Ok(item)
}

fn told_sk(chatbot: &Enrolment) -> String {
    format!("{TOLD}{}#{}", chatbot.name, chatbot.enrolled_at.as_nanosecond())
}

fn told_item(key: Key, chatbot: &Enrolment, status: NotifiedStatus) -> Result<Item, StoreError> {
    let mut item = key;
    let json = serde_json::to_string(&(chatbot, status)).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    Ok(item)
}

pub(super) fn open_item(id: SubscriptionId, open: &Settlement) -> Result<Item, StoreError> {
    let mut item = keys::notify(id, OPEN);
    item.insert(attributes::DOCUMENT.to_owned(), text(serde_json::to_string(open).map_err(StoreError::unreadable)?));
    Ok(item)
}
