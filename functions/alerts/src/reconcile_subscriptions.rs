//! Runs every hour: finishes what a crash left of subscriptions, and compares them with SNS.
//!
//! - A subscription that nobody confirmed in 48 hours has ended.
//! - A topic that was not created is created; the topic of an ended subscription is deleted.
//!
//! Once a day each subscription is compared with what it depends on:
//! - One whose address its recipient ended has ended, and one that SNS suspended is failing. The institution's other
//!   subscriptions are told.
//! - One whose topic was deleted gets another, and its recipient is asked again.
//! - One whose chatbots were all removed or transferred has ended.
//! - A topic that an earlier request left is deleted.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_delivery::{Status, Subscribed, TopicError, Topics};
use centops_domain::{
    audit::Actor,
    notifications::{Confirmation, EndedBy, State, Subscription},
};
use centops_queues::{WorkQueue, WorkQueueError};
use centops_store::{
    Store, StoreError,
    audit::{Audit, AuditContext},
    notifications::{StoredSubscription, SubscribeError},
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::de::IgnoredAny;

use crate::{
    clients,
    failure::Failure,
    wake::{self, Wake},
};

/// The name of the function, for the audit trail.
const NAME: &str = "reconcile-subscriptions";
/// The most subscriptions that are worked on at once. SNS answers 30 requests a second.
const IN_FLIGHT: usize = 4;
/// The time that a request has to subscribe an address, before it counts as stopped.
const SUBSCRIBE_TIME: SignedDuration = SignedDuration::from_mins(5);
/// The time after its last change in which a topic is looked for that the change may have left.
const LEFT_TIME: SignedDuration = SignedDuration::from_hours(48);
/// The error of a subscription whose topic somebody deleted.
const TOPIC_DELETED: &str = "the topic was deleted: the recipient is asked again";
/// The error of a subscription that SNS asks to confirm again.
const SUSPENDED: &str = "SNS suspended the address and asks it to confirm again";

/// The function.
#[derive(Debug)]
pub struct ReconcileSubscriptions {
    store: Store,
    audit: Audit,
    topics: Topics,
    wakes: WorkQueue,
}

/// A subscription was not reconciled. The next run does it again.
#[derive(Debug, thiserror::Error)]
enum ReconcileError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Subscription(#[from] SubscribeError),
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
}

impl Consumer for ReconcileSubscriptions {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let (topics, wakes) = (clients::topics(setup)?, wake::queue(setup)?);
        Ok(Self { store: setup.store().await?, audit: setup.audit()?, topics, wakes })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        let now = clock::now();
        let mut all = Vec::new();
        for institution in self.store.subscribing_institutions().await? {
            all.extend(self.store.subscribers(institution.as_ref()).await?);
        }
        let reconciled = stream::iter(&all).map(|one| async move {
            let result = self.reconcile(one, &invocation.id, now).await;
            result.inspect_err(|error| {
                let id = one.subscription.id;
                tracing::error!(%error, subscription = %id, "failed to reconcile subscription={id}");
            })
        });
        let results: Vec<_> = reconciled.buffer_unordered(IN_FLIGHT).collect().await;
        let failed = results.iter().filter(|result| result.is_err()).count();
        tracing::info!(subscriptions = all.len(), failed, "subscriptions reconciled failed={failed}");
        if failed > 0 { Err(format!("{failed} subscriptions were not reconciled").into()) } else { Ok(()) }
    }
}

impl ReconcileSubscriptions {
    async fn reconcile(&self, one: &StoredSubscription, run: &str, now: Timestamp) -> Result<(), ReconcileError> {
        let of = &one.subscription;
        let run = format!("{run}-{}", of.id);
        let state = of.state.at(now);
        if is_hour_of(one, now) {
            if let Some(topic) = self.left_topic(one, now) {
                self.topics.end(&topic).await?;
            }
            if !matches!(state, State::Ended { .. }) && self.covers_nothing(of).await? {
                return self.finish_end(one, EndedBy::Removed, &run, now).await;
            }
        }
        match state {
            State::Ended { .. } => self.finish_end(one, EndedBy::Unconfirmed, &run, now).await,
            State::Pending { since } if of.address.channel().is_sns() => match &one.arn {
                None if now.duration_since(since) > SUBSCRIBE_TIME => self.finish_start(one, &run, now).await,
                None => Ok(()),
                Some(arn) => self.compare(one, arn, &run, now).await,
            },
            State::Pending { .. } => Ok(()),
            State::Active { .. } | State::Paused { .. } | State::Failing { .. } => match &one.arn {
                Some(arn) if is_hour_of(one, now) => self.compare(one, arn, &run, now).await,
                _ => Ok(()),
            },
        }
    }

    /// Returns the topic that a request may have left: that of the generation before, or of an address that was refused.
    /// None if the last change was long ago.
    fn left_topic(&self, one: &StoredSubscription, now: Timestamp) -> Option<String> {
        let Subscription { id, generation, state, updated_at, address, .. } = &one.subscription;
        let is_recent = address.channel().is_sns() && now.duration_since(*updated_at) < LEFT_TIME;
        let left = match state {
            State::Ended { .. } if one.topic.is_none() => Some(*generation),
            _ => generation.checked_sub(1).filter(|before| *before > 0),
        };
        left.filter(|_| is_recent).map(|generation| self.topics.arn(*id, generation))
    }

    /// Returns whether chatbots were chosen, and none of them belongs to the institution any more.
    async fn covers_nothing(&self, of: &Subscription) -> Result<bool, StoreError> {
        let Some(chosen) = of.coverage.chosen() else { return Ok(false) };
        let names = chosen.iter().map(|chatbot| chatbot.name.clone()).collect();
        Ok(of.coverage.covers_nothing(&self.store.present_chatbots(&names).await?))
    }

    /// Deletes the topic of a subscription, and records that `by` ended it unless it has ended.
    async fn finish_end(
        &self,
        one: &StoredSubscription,
        by: EndedBy,
        run: &str,
        now: Timestamp,
    ) -> Result<(), ReconcileError> {
        if let Some(topic) = &one.topic {
            self.topics.end(topic).await?;
        }
        let change = |old: &StoredSubscription| match old.of_generation(one.subscription.generation) {
            Ok(old) => Ok(StoredSubscription::from(old.subscription.ended(by, now))),
            Err(_) => Ok(old.clone()),
        };
        self.store.change_subscriber(&self.context(run, now), one.subscription.id, None, change).await?;
        Ok(())
    }

    /// Subscribes an address whose request stopped before.
    async fn finish_start(&self, one: &StoredSubscription, run: &str, now: Timestamp) -> Result<(), ReconcileError> {
        let subscribed = match self.topics.subscribe(&one.subscription).await {
            Ok(subscribed) => subscribed,
            Err(TopicError::Refused(error)) => {
                tracing::warn!(error, subscription = %one.subscription.id, "SNS refuses the address");
                let change = |old: &StoredSubscription| Ok(old.ended(EndedBy::Unconfirmed, now));
                self.store.change_subscriber(&self.context(run, now), one.subscription.id, None, change).await?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let Subscribed { topic, arn, confirmed } = subscribed;
        let generation = one.subscription.generation;
        let change = |old: &StoredSubscription| old.subscribed(generation, &topic, &arn, confirmed, now);
        self.store.change_subscriber(&self.context(run, now), one.subscription.id, None, change).await?;
        Ok(())
    }

    /// Compares a subscription with the state of its address in SNS.
    async fn compare(
        &self,
        one: &StoredSubscription,
        arn: &str,
        run: &str,
        now: Timestamp,
    ) -> Result<(), ReconcileError> {
        let of = &one.subscription;
        let is_pending = matches!(of.state, State::Pending { .. });
        let (ended, error) = match self.topics.status(arn).await? {
            Status::Confirmed if is_pending && of.address.channel().confirmation() == Confirmation::Sns => {
                let change = |old: &StoredSubscription| old.confirmed(of.generation, now);
                self.store.change_subscriber(&self.context(run, now), of.id, None, change).await?;
                return Ok(());
            }
            Status::Pending if !is_pending => (false, SUSPENDED.to_owned()),
            Status::Gone if !is_pending => match &one.topic {
                Some(topic) if !self.topics.exists(topic).await? => return self.restart(one, run, now).await,
                _ => (true, "the recipient ended the subscription".to_owned()),
            },
            // Nobody has confirmed it yet; one that SNS has forgotten ends with its time.
            Status::Confirmed | Status::Pending | Status::Gone => return Ok(()),
        };
        self.record(one, ended, error, run, now).await
    }

    /// Records that a subscription is failing or has ended, and wakes those that are told.
    async fn record(
        &self,
        one: &StoredSubscription,
        ended: bool,
        error: String,
        run: &str,
        now: Timestamp,
    ) -> Result<(), ReconcileError> {
        let day = now.as_second().div_euclid(24 * 3600).to_string();
        let failure = Failure { of: one, ended, error, id: &day };
        let wakes: Vec<Wake> = failure.record(&self.store, &self.context(run, now)).await?;
        wake::send(&self.wakes, &wakes, now).await?;
        Ok(())
    }

    /// Asks the recipient of a subscription again whose topic was deleted. A run that stops in between is repeated.
    async fn restart(&self, one: &StoredSubscription, run: &str, now: Timestamp) -> Result<(), ReconcileError> {
        self.record(one, false, TOPIC_DELETED.to_owned(), run, now).await?;
        let generation = one.subscription.generation;
        let change = |old: &StoredSubscription| {
            let old = old.of_generation(generation)?;
            Ok(StoredSubscription::from(old.subscription.restarted(now)))
        };
        let context = self.context(run, now);
        let restarted = self.store.change_subscriber(&context.part(1), one.subscription.id, None, change).await?;
        self.finish_start(&restarted.value, &format!("{run}-again"), now).await
    }

    fn context(&self, run: &str, now: Timestamp) -> AuditContext<'_> {
        AuditContext::new(&self.audit, Actor::System(NAME.to_owned()), NAME, run.to_owned(), now)
    }
}

/// Returns whether the subscription is looked up in the hour of `now`. Each has one hour of the day, so that the requests
/// to SNS are spread.
fn is_hour_of(one: &StoredSubscription, now: Timestamp) -> bool {
    let hour = now.as_second().div_euclid(3600).rem_euclid(24);
    let of: i64 = one.subscription.id.to_string().bytes().map(i64::from).sum();
    of.rem_euclid(24) == hour
}
