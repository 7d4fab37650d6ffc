//! Observing: batches are folded into a chatbot's health item, and the circuit opens.

use centops_domain::{
    chatbot::{Chatbot, Status},
    detector::Witness,
    event::{Event, Fact},
    health::{Batch, Folded, Health},
    name::Name,
    policy::Policy,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    chatbots::chatbot_item,
    item::{self, Expect, Item},
    keys,
    transaction::{CountChange, Refused, Transaction},
};

/// What observing led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// What became of the observations.
    pub folded: Folded,
    /// Whether the circuit opened.
    pub opened: bool,
    /// Whether it should have opened, and the cap held it for the first time.
    pub held: bool,
    /// When the chatbot was enrolled.
    pub enrolled: Timestamp,
}

/// What a save has beside the health item.
enum Also {
    Nothing,
    Held(Event),
    Opened(Box<Opening>),
}

struct Opening {
    chatbot: Versioned<Chatbot>,
    revision: u64,
    event: Event,
}

impl Store {
    /// Counts `batches` of the chatbot `name` at `now`, each once however often it is delivered, and
    /// opens the circuit when enough observers find it failing and the cap allows it; `dice` is in
    /// `[0, 1)`. The usual case costs one read unit and one write unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot: nothing was counted. After any other
    /// error the same batches may be given again.
    pub async fn observe(
        &self,
        name: &Name,
        batches: &[Batch],
        policy: &Policy,
        now: Timestamp,
        dice: f64,
    ) -> Result<Observed, StoreError> {
        let mut stored = self.health(name).await?;
        for _ in 0..ATTEMPTS {
            let mut health = stored.value.clone();
            let enrolled = health.enrolled;
            let folded = batches.iter().fold(Folded::default(), |sum, batch| sum.and(health.fold(batch, policy, now)));
            if !folded.changed() {
                return Ok(Observed { folded, enrolled, ..Observed::default() });
            }
            let version = stored.version + 1;
            let also = self.verdict(name, &mut health, version, policy, now, dice).await?;
            let (opened, held) = (matches!(also, Also::Opened(_)), matches!(also, Also::Held(_)));
            let next = Versioned { value: health, version };
            match self.save(name, &next, stored.version, also, now).await {
                Ok(()) => return Ok(Observed { folded, opened, held, enrolled }),
                // A put that fails brings the item that it found: fold that, without another read.
                Err(Refused::Condition(0, Some(found))) => stored = health_of(&found)?,
                Err(refused) => {
                    refused.failure().map_or(Ok(()), Err)?;
                    stored = self.health(name).await?;
                }
            }
        }
        Err(StoreError::Contended)
    }

    /// The health of the chatbot `name`, strongly consistent. One read unit a 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot.
    pub async fn health(&self, name: &Name) -> Result<Versioned<Health>, StoreError> {
        let item = self.get(keys::health(name)).await?.ok_or(StoreError::NotFound)?;
        health_of(&item)
    }

    /// Whether the circuit opens now, is held by the cap, or neither.
    async fn verdict(
        &self,
        name: &Name,
        health: &mut Health,
        version: i64,
        policy: &Policy,
        now: Timestamp,
        dice: f64,
    ) -> Result<Also, StoreError> {
        let Some(witnesses) = health.failing(policy, now) else {
            health.held = false;
            return Ok(Also::Nothing);
        };
        let (chatbot, counts) = tokio::try_join!(self.chatbot(name), self.revision())?;
        if policy.cap_allows(counts.online, counts.offline) {
            health.open(policy, now, dice);
            let fact = Fact::ChatbotOffline { chatbot: name.clone(), witnesses };
            let event = event_of(name, version, now, fact);
            return Ok(Also::Opened(Box::new(Opening { chatbot, revision: counts.revision, event })));
        }
        Ok(hold(name, health, witnesses, version, now))
    }

    /// Saves `next` where the stored health still has the version `old`, with what goes with it.
    async fn save(
        &self,
        name: &Name,
        next: &Versioned<Health>,
        old: i64,
        also: Also,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let item = item_of(name, next)?;
        match also {
            Also::Nothing => self.put_same(item, Expect::Version(old)).await,
            Also::Held(event) => Transaction::of(self).put(item, Expect::Version(old))?.event(&event)?.commit().await,
            Also::Opened(opening) => {
                let Opening { chatbot, revision, event } = *opening;
                let offline = chatbot.value.with_status(Status::Offline, now);
                Transaction::of(self)
                    .put(item, Expect::Version(old))?
                    .put(chatbot_item(&offline, chatbot.version + 1)?, Expect::Version(chatbot.version))?
                    .route(name, None, revision, CountChange { online: -1, offline: 1 }, now)?
                    .event(&event)?
                    .commit()
                    .await
            }
        }
    }
}

/// Marks `health` as held; the event is raised once, when that begins.
fn hold(name: &Name, health: &mut Health, witnesses: Vec<Witness>, version: i64, now: Timestamp) -> Also {
    if std::mem::replace(&mut health.held, true) {
        return Also::Nothing;
    }
    Also::Held(event_of(name, version, now, Fact::OfflineHeld { chatbot: name.clone(), witnesses }))
}

/// The event that comes with the version `version` of a chatbot's health. There is one such version,
/// so the id is unique, and the same when the write is tried again.
pub(crate) fn event_of(name: &Name, version: i64, at: Timestamp, fact: Fact) -> Event {
    Event { id: format!("{name}-{version}"), at, fact }
}

/// The item of `health`. It is in the index `due` exactly while it is to be probed.
pub(crate) fn item_of(name: &Name, health: &Versioned<Health>) -> Result<Item, StoreError> {
    let state = serde_json::to_string(&health.value).map_err(StoreError::unreadable)?;
    let mut item = keys::health(name);
    item.insert(keys::VERSION.to_owned(), keys::number(health.version));
    item.insert(keys::STATE.to_owned(), keys::text(state));
    if let Some(due) = health.value.circuit.due() {
        item.insert(keys::DUE.to_owned(), keys::text(keys::PROBE));
        item.insert(keys::DUE_AT.to_owned(), keys::number(due.as_millisecond()));
    }
    Ok(item)
}

pub(crate) fn health_of(item: &Item) -> Result<Versioned<Health>, StoreError> {
    let version = item::number_of(item, keys::VERSION)?;
    let value = serde_json::from_str(item::text_of(item, keys::STATE)?).map_err(StoreError::unreadable)?;
    Ok(Versioned { value, version })
}
