//! Queues a notification of each event for the subscriptions that it concerns, and wakes them.
//!
//! A release concerns the owners of each outdated chatbot. It is fanned out page by page: each page is a message of a
//! queue of its own, so that it goes on where it stopped, and no other event waits behind it.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::{Chatbot, Name},
    notifications::{
        Audience, Enrolment, Kind, PendingNotification, State, Subscription, SubscriptionId, audience_of, chatbot_of,
        is_for_both,
    },
    outages::{Covered, OutageChange},
    releases::Release,
};
use centops_queues::{WorkQueue, WorkQueueError, redeliver};
use centops_store::{
    Store, StoreError, alerts::parse_event, chatbots::ChatbotFilter, notifications::StoredSubscription,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

use crate::wake::{self, Wake};

/// The most notifications that are queued at once.
const IN_FLIGHT: usize = 16;
/// The chatbots of one page of a release.
const PAGE: i32 = 100;

/// An event to fan out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FanOutMessage {
    /// The event as stored.
    pub event: String,
    /// When its chatbot was enrolled, in milliseconds since 1970; none for an event without a chatbot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolled_ms: Option<i64>,
    /// True for a page of a release.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paged: bool,
    /// For a page of a release: the last chatbot of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Name>,
}

impl FanOutMessage {
    /// Returns the message that fans out `event` again. The event is of the present enrolment of its chatbot, if it is
    /// later.
    ///
    /// # Errors
    /// When the event has no JSON form.
    pub fn again(event: &Event) -> Result<Self, serde_json::Error> {
        Ok(Self { event: serde_json::to_string(event)?, enrolled_ms: None, paged: false, after: None })
    }

    /// Returns whether `event`, that of the message, is about this enrolment of `chatbot`.
    fn is_of(&self, event: &Event, chatbot: &Chatbot) -> bool {
        let is_enrolment = |ms| ms == chatbot.created_at.as_millisecond();
        self.enrolled_ms.map_or(event.at >= chatbot.created_at, is_enrolment)
    }
}

/// An event was not fanned out. Fanning it out again queues nothing twice.
#[derive(Debug, thiserror::Error)]
pub enum FanOutError {
    /// The message or its event has another form.
    #[error("the message cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The table does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A queue does not answer.
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
}

/// The work that follows from fanning an event out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FannedOut {
    /// The subscriptions to wake.
    pub wakes: Vec<Wake>,
    /// The next page of a release.
    pub next: Option<FanOutMessage>,
}

/// The function.
#[derive(Debug)]
pub struct FanOut {
    store: Store,
    wakes: WorkQueue,
    releases: WorkQueue,
}

impl Consumer for FanOut {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let (wakes, releases) = (wake::queue(setup)?, WorkQueue::from_setup(setup, "RELEASES_QUEUE")?);
        Ok(Self { store: setup.store().await?, wakes, releases })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        let mut failed = Vec::new();
        for record in event.records {
            if let Err(error) = self.handle_message(record.body.as_deref().unwrap_or_default()).await {
                let id = record.message_id.unwrap_or_default();
                tracing::error!(%error, message = id, "failed to fan out message={id}");
                failed.push(id);
            }
        }
        Ok(redeliver(failed))
    }
}

impl FanOut {
    async fn handle_message(&self, body: &str) -> Result<(), FanOutError> {
        let message: FanOutMessage = serde_json::from_str(body)?;
        let FannedOut { wakes, next } = fan_out(&self.store, &message, clock::now()).await?;
        // First the next page: if a wake-up is not sent, this page is repeated, and the others with it.
        if let Some(next) = next {
            self.releases.send(&[(next, 0)]).await?;
        }
        wake::send(&self.wakes, &wakes, clock::now()).await?;
        Ok(())
    }
}

/// Queues the notifications of the event of `message` at `now`. Those of a release follow page by page.
///
/// # Errors
/// [`FanOutError`]. A part of the notifications may be queued.
pub async fn fan_out(store: &Store, message: &FanOutMessage, now: Timestamp) -> Result<FannedOut, FanOutError> {
    let event = parse_event(&message.event)?;
    if event.quiet {
        return Ok(FannedOut::default());
    }
    if let EventKind::ReleasePublished { release } = &event.kind {
        if !message.paged {
            let next = Some(FanOutMessage { paged: true, ..message.clone() });
            return Ok(FannedOut { wakes: vec![], next });
        }
        return page_of_release(store, message, &event, release, now).await;
    }
    if matches!(event.kind, EventKind::ChatbotOffline { .. }) {
        store.record_outages(&[event.at]).await?;
    }
    let Some((institution, pending)) = notification(store, message, &event, now).await? else {
        return Ok(FannedOut::default());
    };
    let mut subscribers = store.subscribers(institution.as_ref()).await?;
    if is_for_both(&event.kind) {
        subscribers.extend(store.subscribers(None).await?);
    }
    let covered = covered(store, &event.kind, now).await?;
    let is_covered = |one: &StoredSubscription| covered.as_ref().is_none_or(|covered| overlaps(one, covered));
    let concerned = subscribers.iter().filter(|one| is_concerned(one, &pending) && is_covered(one));
    let pairs = concerned.map(|one| (one.subscription.id, pending.clone())).collect();
    let mut wakes = queue_all(store, pairs).await?;
    if releases(&event.kind) {
        // Whatever its settings are: what a planned outage held is decided upon anew.
        for one in subscribers.iter().filter(|one| !matches!(one.subscription.state, State::Ended { .. })) {
            let id = one.subscription.id;
            wakes.extend(Wake::of(id, store.schedule_by(id, now).await?));
        }
    }
    Ok(FannedOut { wakes, next: None })
}

/// Returns the notification of an event, and the institution whose subscriptions it concerns: none is the operations
/// centre. Returns none if nobody is told.
async fn notification(
    store: &Store,
    message: &FanOutMessage,
    event: &Event,
    now: Timestamp,
) -> Result<Option<(Option<Name>, PendingNotification)>, FanOutError> {
    if let EventKind::ChatbotTransferred { chatbot, from, .. } = &event.kind {
        let chatbot = enrolled(store, chatbot, message, event).await?;
        return Ok(chatbot.map(|chatbot| {
            let pending = PendingNotification::moved_away(event.id.clone(), Enrolment::from(&chatbot), event.at, now);
            (Some(from.clone()), pending)
        }));
    }
    let Some(audience) = audience_of(&event.kind) else { return Ok(None) };
    let chatbot = match chatbot_of(&event.kind) {
        None => None,
        Some(name) => match enrolled(store, name, message, event).await? {
            None => return Ok(None),
            found => found,
        },
    };
    let pending = PendingNotification::of_event(event, chatbot.as_ref().map(Enrolment::from), now);
    let institution = match audience {
        Audience::Operations => None,
        Audience::Owners => match &event.kind {
            EventKind::PlannedOutage { institution, .. } => Some(institution.clone()),
            _ => chatbot.map(|chatbot| chatbot.institution),
        },
    };
    Ok(pending.map(|pending| (institution, pending)))
}

/// Returns the chatbots of the planned outage that an event is about; none for another event, and for one that is no longer
/// kept.
async fn covered(store: &Store, event: &EventKind, now: Timestamp) -> Result<Option<Covered>, StoreError> {
    let EventKind::PlannedOutage { outage, institution, .. } = event else { return Ok(None) };
    match store.planned_outage_of(institution, *outage, now).await {
        Ok(outage) => Ok(Some(outage.value.chatbots)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether a subscription covers one of the chatbots of a planned outage.
fn overlaps(one: &StoredSubscription, covered: &Covered) -> bool {
    let chosen = one.subscription.coverage.chosen();
    chosen.is_none_or(|chosen| chosen.iter().any(|chatbot| covered.includes(chatbot)))
}

/// Returns whether an event may end, move or begin a planned outage before its time.
fn releases(event: &EventKind) -> bool {
    let EventKind::PlannedOutage { change, .. } = event else { return false };
    matches!(change, OutageChange::Confirmed | OutageChange::Completed | OutageChange::Cancelled)
}

/// Returns the chatbot `name` of the event of `message`. None if it was removed since: then nobody is told any more.
async fn enrolled(
    store: &Store,
    name: &Name,
    message: &FanOutMessage,
    event: &Event,
) -> Result<Option<Chatbot>, StoreError> {
    match store.chatbot(name).await {
        Ok(found) if message.is_of(event, &found.value) => Ok(Some(found.value)),
        Ok(_) | Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Queues the notifications of a release for the chatbots of one page. Ends when the release is withdrawn.
async fn page_of_release(
    store: &Store,
    message: &FanOutMessage,
    event: &Event,
    release: &Release,
    now: Timestamp,
) -> Result<FannedOut, FanOutError> {
    if store.release(&release.component, &release.version).await?.value.withdrawal.is_some() {
        tracing::info!(id = event.id, "withdrawn release not announced id={}", event.id);
        return Ok(FannedOut::default());
    }
    let page = store.chatbots(&ChatbotFilter::default(), message.after.as_ref(), PAGE).await?;
    let mut outdated: BTreeMap<&Name, Vec<PendingNotification>> = BTreeMap::new();
    for chatbot in &page.items {
        if let Some(pending) = PendingNotification::of_release(event, chatbot, now) {
            outdated.entry(&chatbot.institution).or_default().push(pending);
        }
    }
    let mut wakes = Vec::new();
    for (institution, pending) in outdated {
        let subscribers = store.subscribers(Some(institution)).await?;
        let pairs = subscribers.iter().flat_map(|one| pending.iter().map(move |pending| (one, pending)));
        let concerned = pairs.filter(|(one, pending)| is_concerned(one, pending));
        let concerned = concerned.map(|(one, pending)| (one.subscription.id, pending.clone())).collect();
        wakes.extend(queue_all(store, concerned).await?);
    }
    let next = page.next.map(|after| FanOutMessage { after: Some(after), ..message.clone() });
    Ok(FannedOut { wakes, next })
}

/// Queues notifications. Returns the subscriptions to wake.
///
/// # Errors
/// When the table does not answer. A part of them may be queued.
pub async fn queue_all(
    store: &Store,
    pairs: Vec<(SubscriptionId, PendingNotification)>,
) -> Result<Vec<Wake>, StoreError> {
    let queued = stream::iter(pairs).map(|(subscription, pending)| async move {
        let queued = store.queue_notification(subscription, &pending).await?;
        Ok(Wake::of(subscription, queued))
    });
    let wakes: Vec<_> = queued.buffer_unordered(IN_FLIGHT).try_collect().await?;
    Ok(wakes.into_iter().flatten().collect())
}

/// Returns whether a notification is queued for a subscription. What it says of the status of a chatbot is queued
/// whatever the settings are: whoever was told that it is offline is told when it is back.
fn is_concerned(one: &StoredSubscription, pending: &PendingNotification) -> bool {
    let Subscription { state, coverage, settings, .. } = &one.subscription;
    let is_covered =
        coverage.institution().is_none() || pending.chatbot.as_ref().is_none_or(|chatbot| coverage.includes(chatbot));
    let is_wanted = match pending.content.kind() {
        None | Some(Kind::Status) => true,
        Some(kind) => settings.includes(kind, pending.importance),
    };
    !matches!(state, State::Ended { .. }) && is_covered && is_wanted
}
