//! Rounds of a subscription: what is pending becomes a message, the message is delivered, and what was told is noted.
//!
//! A round is repeated from the table whenever it stopped: its steps are a decision, recorded with the message in one
//! transaction, and attempts to deliver that message. A crash between an attempt and its record repeats the message
//! once, with the same id.

use std::{collections::BTreeSet, future::Future, time::Duration};

use centops_api::{Problem, random};
use centops_delivery::{Delivery, Status, TopicError};
use centops_domain::{
    audit::Actor,
    chatbots::Name,
    notifications::{
        Channel, Combined, Conditions, Confirmation, Decision, Held, Importance, Links, MessageContent, Outcome,
        PendingNotification, ReleaseKey, Rendered, Renderer, Retry, State, Storm, Subscription, SubscriptionId,
        combine, next,
    },
};
use centops_store::{
    Store, StoreError, Versioned,
    audit::{Audit, AuditContext},
    notifications::{Message, MessageState, OpenMessage, Round, StoredSubscription, SubscribeError},
};
use jiff::{SignedDuration, Timestamp};

use crate::{failure::Failure, told, wake::Wake};

/// The most rounds of a subscription in one run: the next wake-up goes on.
const MAX_ROUNDS: usize = 10;
/// The time limit of an attempt. It is shorter than the lease of an open message.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(40);
/// The most notifications of one message: what it records has to fit into an item of 400 KB.
pub(crate) const MOST_NOTIFICATIONS: usize = 1000;
/// The least time from an attempt to a retry that something new makes earlier.
const EARLY_RETRY: SignedDuration = SignedDuration::from_mins(5);

/// The way of messages out of CentOps.
pub trait Outlet: Send + Sync {
    /// Returns the addresses that messages of `subscription` link to.
    fn links(&self, subscription: &Subscription, now: Timestamp) -> impl Future<Output = Links> + Send;

    /// Delivers `message` to `subscription`.
    fn deliver(
        &self,
        subscription: &StoredSubscription,
        message: &Message,
        now: Timestamp,
    ) -> impl Future<Output = Delivery> + Send;

    /// Returns whether the recipient has confirmed the subscription with this ARN.
    ///
    /// # Errors
    /// When SNS does not answer.
    fn status(&self, arn: &str) -> impl Future<Output = Result<Status, TopicError>> + Send;
}

/// A round that stopped. It goes on with the next wake-up.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The table does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A subscription was changed meanwhile to a state that does not allow the change.
    #[error(transparent)]
    Subscription(#[from] SubscribeError),
    /// SNS does not answer.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The system has no random numbers.
    #[error("no random numbers: {0:?}")]
    Random(Problem),
}

/// Runs rounds.
#[derive(Debug)]
pub struct Rounds<O> {
    /// The table.
    pub store: Store,
    /// The audit trail.
    pub audit: Audit,
    /// The way of messages out of CentOps.
    pub outlet: O,
    /// The most text messages of an institution in a month.
    pub sms_budget: u32,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// The result of one step of a round.
enum Step {
    /// Another step.
    Again,
    /// Nothing, until these subscriptions are woken.
    Done(Vec<Wake>),
}

impl<O: Outlet> Rounds<O> {
    /// Runs rounds of the subscription `id` until it has to wait. `run` identifies the run in the audit trail. Returns
    /// the wake-ups that the caller sends.
    ///
    /// # Errors
    /// [`RoundError`]. Another wake-up goes on.
    pub async fn run(&self, id: SubscriptionId, run: &str) -> Result<Vec<Wake>, RoundError> {
        let mut wakes = Vec::new();
        for _ in 0..MAX_ROUNDS {
            if let Step::Done(last) = self.step(id, run, &mut wakes).await? {
                wakes.extend(last);
                return Ok(wakes);
            }
        }
        wakes.push(Wake { subscription: id, at: (self.clock)() });
        Ok(wakes)
    }

    async fn step(&self, id: SubscriptionId, run: &str, wakes: &mut Vec<Wake>) -> Result<Step, RoundError> {
        let (round, now) = (self.store.round(id).await?, (self.clock)());
        if round.busy_until(now).is_some() {
            // Whoever is at work, or planned the retry, wakes the subscription; else the sweep does.
            return Ok(Step::Done(vec![]));
        }
        let open = self.store.take_over(&round, now).await?;
        if open.is_none() && round.pending.is_empty() {
            return Ok(Step::Done(self.wait(&round, None).await?));
        }
        let subscription = match self.store.subscriber(id).await {
            Ok(subscription) => self.confirmed(subscription, run).await?,
            // Nothing is queued for one that there never was.
            Err(StoreError::NotFound) => return Ok(Step::Done(vec![])),
            Err(error) => return Err(error.into()),
        };
        if let Some(open) = open {
            return self.attempt_again(&subscription, &open, run, wakes).await;
        }
        let (held, decision) = self.decide(&subscription, &round, now).await?;
        match decision {
            Decision::Deliver { least } => self.deliver(&subscription, &round, &held, least, run, wakes).await,
            // Outages that came and went are dropped. The next step decides about the others.
            Decision::WaitUntil(_) | Decision::Nothing if !held.dropped.is_empty() => {
                self.drop_without_message(&round, &held.complete(Combined::default()), now).await
            }
            Decision::WaitUntil(at) => {
                let at = held.until.map_or(at, |until| until.min(at));
                Ok(Step::Done(self.wait(&round, Some(at)).await?))
            }
            Decision::Nothing => Ok(Step::Done(self.wait(&round, held.until).await?)),
            Decision::Drop(reason) => {
                tracing::info!(%id, ?reason, dropped = round.pending.len(), "notifications dropped subscription={id}");
                let first = round.pending.get(..MOST_NOTIFICATIONS).unwrap_or(&round.pending);
                self.drop_without_message(&round, &Combined::undeliverable(first), now).await
            }
        }
    }

    /// Records what `dropped` drops, without a message.
    async fn drop_without_message(
        &self,
        round: &Round,
        dropped: &Combined,
        now: Timestamp,
    ) -> Result<Step, RoundError> {
        match self.store.open_message(round, dropped, None, now).await? {
            Some(open) => self.close(round.id, &open).await,
            None => Ok(Step::Done(vec![])),
        }
    }

    async fn wait(&self, round: &Round, until: Option<Timestamp>) -> Result<Vec<Wake>, RoundError> {
        let queued = self.store.put_due(round, until).await?;
        Ok(Wake::of(round.id, queued).into_iter().collect())
    }

    /// Makes a message of what is pending with `least` importance or more, and delivers it.
    async fn deliver(
        &self,
        subscription: &Versioned<StoredSubscription>,
        round: &Round,
        held: &Held,
        least: Importance,
        run: &str,
        wakes: &mut Vec<Wake>,
    ) -> Result<Step, RoundError> {
        let of = &subscription.value.subscription;
        let ready = held.live.iter().filter(|one| one.importance >= least).cloned();
        let most = of.address.channel().max_entries().unwrap_or(MOST_NOTIFICATIONS);
        let pending: Vec<_> = ready.take(most).collect();
        let chatbots = pending.iter().filter_map(|one| one.chatbot.as_ref()).chain(round.told.chatbots.keys());
        let names: BTreeSet<Name> = chatbots.map(|chatbot| chatbot.name.clone()).collect();
        let present = self.store.present_chatbots(&names).await?;
        let withdrawn = self.withdrawn(&pending).await?;
        let now = (self.clock)();
        let combined = held.complete(combine(of, &pending, &round.told, &present, &withdrawn, now));
        let message = if combined.entries.is_empty() { None } else { Some(self.message(of, &combined, now).await?) };
        let Some(open) = self.store.open_message(round, &combined, message.as_ref(), now).await? else {
            return Ok(Step::Done(vec![]));
        };
        let Some(message) = message else { return self.close(of.id, &open).await };
        if of.address.channel() == Channel::Sms {
            self.store.count_sms(of.coverage.institution(), now).await?;
        }
        self.attempt(subscription, &open, &message.first(), run, wakes).await
    }

    async fn message(&self, of: &Subscription, combined: &Combined, now: Timestamp) -> Result<Message, RoundError> {
        let random = random::bytes().map_err(RoundError::Random)?;
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let id = uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid();
        let links = self.outlet.links(of, now).await;
        let renderer = Renderer { language: of.settings.language, zone: of.settings.zone, links: &links };
        let institution = of.coverage.institution().cloned();
        let (entries, common_causes) = (combined.entries.clone(), combined.common_causes.clone());
        let content = MessageContent { id, at: now, institution, entries, common_causes };
        let Rendered { subject, body } = renderer.body(of.address.channel(), &content);
        Ok(Message {
            id: id.to_string(),
            subscription: of.id,
            at: now,
            notifications: combined.told.clone(),
            body,
            subject,
            attempts: 0,
            state: MessageState::Sending,
        })
    }

    /// Delivers the message of `open`, which another left, unless that was done.
    async fn attempt_again(
        &self,
        subscription: &Versioned<StoredSubscription>,
        open: &OpenMessage,
        run: &str,
        wakes: &mut Vec<Wake>,
    ) -> Result<Step, RoundError> {
        let of = &subscription.value.subscription;
        let Some(id) = open.message() else { return self.close(of.id, open).await };
        let message = match self.store.message(of.id, id).await {
            Ok(message) => message,
            // It is no longer kept.
            Err(StoreError::NotFound) => return self.close(of.id, open).await,
            Err(error) => return Err(error.into()),
        };
        if let MessageState::Sent { at, .. } = message.value.state {
            told::record(&self.store, of, open, id, at).await;
        }
        if !matches!(message.value.state, MessageState::Sending | MessageState::Waiting { .. }) {
            return self.close(of.id, open).await;
        }
        if matches!(of.state, State::Ended { .. }) {
            let error = "the subscription has ended".to_owned();
            self.record(&message, MessageState::Failed { at: (self.clock)(), error }).await?;
            return self.close(of.id, open).await;
        }
        self.attempt(subscription, open, &message, run, wakes).await
    }

    /// Delivers `message`, and closes `open` or plans the next attempt.
    async fn attempt(
        &self,
        subscription: &Versioned<StoredSubscription>,
        open: &OpenMessage,
        message: &Versioned<Message>,
        run: &str,
        wakes: &mut Vec<Wake>,
    ) -> Result<Step, RoundError> {
        let (of, id) = (&subscription.value.subscription, &message.value.id);
        let attempts = message.value.attempts.saturating_add(1);
        let attempt = self.outlet.deliver(&subscription.value, &message.value, (self.clock)());
        let delivery = tokio::time::timeout(ATTEMPT_LIMIT, attempt).await.unwrap_or_else(|_| too_slow());
        let now = (self.clock)();
        let error = delivery.error.unwrap_or_default();
        match next(attempts, delivery.outcome, now, random::jitter()) {
            Retry::Delivered => {
                let sent = MessageState::Sent { at: now, provider_id: delivery.provider_id };
                if self.record(message, sent).await? {
                    told::record(&self.store, of, open, id, now).await;
                }
                tracing::info!(subscription = %of.id, message = %id, "message delivered message={id}");
            }
            Retry::At(until) => {
                tracing::warn!(subscription = %of.id, message = %id, attempts, error, "message not accepted message={id}");
                self.record(message, MessageState::Waiting { until, error }).await?;
                let asked = matches!(delivery.outcome, Outcome::Answered { retry_after: Some(_), .. });
                let not_before = if asked { until } else { until.min(now + EARLY_RETRY) };
                let queued = self.store.postpone_message(of.id, open, until, not_before).await?;
                return Ok(Step::Done(Wake::of(of.id, queued).into_iter().collect()));
            }
            given_up => {
                tracing::error!(subscription = %of.id, message = %id, error, "message given up message={id}");
                let ended = given_up == Retry::End;
                let failure = Failure { of: &subscription.value, ended, error: error.clone(), id };
                wakes.extend(failure.record(&self.store, &self.context(&format!("{run}-{id}"), now)).await?);
                // The last: a message that failed is not looked at again.
                self.record(message, MessageState::Failed { at: now, error }).await?;
            }
        }
        self.close(of.id, open).await
    }

    /// Records the result of an attempt. Returns false if another has delivered the message meanwhile: its record stays.
    async fn record(&self, message: &Versioned<Message>, state: MessageState) -> Result<bool, RoundError> {
        let attempts = message.value.attempts.saturating_add(1);
        let new = Message { state, attempts, ..message.value.clone() };
        Ok(self.store.update_message(message, new).await?)
    }

    async fn close(&self, id: SubscriptionId, open: &OpenMessage) -> Result<Step, RoundError> {
        self.store.close_message(id, open, (self.clock)()).await?;
        Ok(Step::Again)
    }

    /// Returns the subscription; one that waits for its confirmation as SNS has it.
    async fn confirmed(
        &self,
        subscription: Versioned<StoredSubscription>,
        run: &str,
    ) -> Result<Versioned<StoredSubscription>, RoundError> {
        let StoredSubscription { subscription: of, arn, .. } = &subscription.value;
        let (State::Pending { .. }, Some(arn)) = (&of.state, arn) else { return Ok(subscription) };
        if of.address.channel().confirmation() != Confirmation::Sns
            || self.outlet.status(arn).await? != Status::Confirmed
        {
            return Ok(subscription);
        }
        let (now, generation) = ((self.clock)(), of.generation);
        let change = |old: &StoredSubscription| old.confirmed(generation, now);
        let context = self.context(&format!("{run}-{}", of.id), now);
        match self.store.change_subscriber(&context, of.id, None, change).await {
            // Its time was over.
            Err(SubscribeError::Transition(_)) => Ok(subscription),
            changed => Ok(changed?),
        }
    }

    /// Returns the releases of `pending` that were withdrawn.
    async fn withdrawn(&self, pending: &[PendingNotification]) -> Result<BTreeSet<ReleaseKey>, RoundError> {
        let releases: BTreeSet<_> = pending.iter().filter_map(PendingNotification::release).collect();
        let mut withdrawn = BTreeSet::new();
        for (component, version) in releases {
            if self.store.release(&component, &version).await?.value.withdrawal.is_some() {
                withdrawn.insert((component, version));
            }
        }
        Ok(withdrawn)
    }

    pub(crate) async fn conditions(
        &self,
        subscription: &Versioned<StoredSubscription>,
        now: Timestamp,
    ) -> Result<Conditions, RoundError> {
        let outages = self.store.recent_outages(now).await?;
        let of = &subscription.value.subscription;
        let sms = if of.address.channel() == Channel::Sms {
            Some(self.store.sms_budget(of.coverage.institution(), self.sms_budget, now).await?)
        } else {
            None
        };
        Ok(Conditions { storm: Storm::of(&outages, now), sms })
    }

    fn context(&self, run: &str, now: Timestamp) -> AuditContext<'_> {
        const NAME: &str = "deliver-notifications";
        AuditContext::new(&self.audit, Actor::System(NAME.to_owned()), NAME, run.to_owned(), now)
    }
}

fn too_slow() -> Delivery {
    let error = Some(format!("no answer within {} seconds", ATTEMPT_LIMIT.as_secs()));
    Delivery { outcome: Outcome::Unreachable, provider_id: None, error }
}
