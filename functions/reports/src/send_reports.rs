//! Makes the reports that are due, and opens each as a message of its subscription.
//!
//! A message that is open is delivered by `deliver-notifications` like any other: with its retries, its lease, the link
//! that ends the subscription, and what follows from a bounce. Its id follows from the subscription and the time at which
//! the report was due. So a report is made once, whatever is repeated, and is never skipped.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_secretsmanager::Client as SecretsManager;
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_delivery::NotificationSecret;
use centops_domain::{
    notifications::{Links, Mail, Subscription},
    reports::{CsvError, Due, InvalidPeriod, Report, ReportKind, ReportPeriod, SilenceReport, message_id},
};
use centops_queues::{WorkQueue, WorkQueueError, redeliver};
use centops_store::{
    Store, StoreError,
    notifications::{Message, MessageState},
};
use jiff::Timestamp;
use lambda_runtime::Error;
use url::Url;

use crate::QUEUE;

/// The seconds after which a report is tried again whose subscription is getting another message: the most that SQS takes.
const BUSY_SECONDS: i32 = 900;

/// The function.
#[derive(Debug)]
pub struct SendReports {
    /// The table.
    pub store: Store,
    /// The queue of reports.
    pub reports: WorkQueue,
    /// The secret that the links of mails are made with.
    pub secret: NotificationSecret,
    /// The base URL of the API, or of a console in front of it.
    pub base: Url,
}

/// A report that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The message of the queue is no [`Due`].
    #[error("the message cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Error of a queue.
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
    /// The secret of the links cannot be read. No mail is made without its link.
    #[error("the secret of links cannot be read: {0}")]
    Secret(String),
    /// The report has no CSV.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The time at which it was due has no week before.
    #[error("no period: {0}")]
    Period(#[from] InvalidPeriod),
}

/// The result of a report that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was made, and its message is open.
    Opened,
    /// It had been made before.
    Before,
    /// The subscription gets another message: it is tried again later.
    Busy,
    /// The subscription gets no reports any more.
    Dropped,
}

impl Consumer for SendReports {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let secret = SecretsManager::new(setup.config());
        Ok(Self {
            store: setup.store().await?,
            reports: WorkQueue::from_setup(setup, QUEUE)?,
            secret: NotificationSecret::new(secret, setup.variable("NOTIFICATION_SECRET_ARN")?),
            base: setup.parsed("PUBLIC_ADDRESS")?,
        })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        let mut failed = Vec::new();
        // One after the other: the largest report decides how much memory the function needs.
        for record in event.records {
            let id = record.message_id.unwrap_or_default();
            let body = record.body.unwrap_or_default();
            let sent = match serde_json::from_str(&body) {
                Ok(due) => self.send(&due, clock::now()).await.map(|sent| (due, sent)),
                Err(error) => Err(error.into()),
            };
            match sent {
                Ok((due, sent)) => {
                    let subscription = due.subscription;
                    tracing::info!(%subscription, ?sent, "report handled subscription={subscription}");
                }
                Err(error) => {
                    tracing::error!(%error, message = id, "failed to make a report message={id}");
                    failed.push(id);
                }
            }
        }
        Ok(redeliver(failed))
    }
}

impl SendReports {
    /// Makes the report that is `due`, at `now`, unless it was made before, and opens its message.
    ///
    /// # Errors
    /// [`SendError`]. It may be tried again.
    pub async fn send(&self, due: &Due, now: Timestamp) -> Result<Sent, SendError> {
        let id = message_id(due).to_string();
        if self.store.has_report(due.subscription, &id).await? {
            return Ok(Sent::Before);
        }
        let subscription = match self.store.subscriber(due.subscription).await {
            Ok(stored) => stored.value.subscription,
            Err(StoreError::NotFound) => return Ok(Sent::Dropped),
            Err(error) => return Err(error.into()),
        };
        if ReportKind::of(&subscription, now) != Some(due.kind) {
            return Ok(Sent::Dropped);
        }
        let Some(mail) = self.mail(&subscription, due, now).await? else { return Ok(Sent::Dropped) };
        let message = Message {
            id,
            subscription: subscription.id,
            at: now,
            notifications: vec![],
            subject: mail.subject.clone(),
            body: serde_json::to_string(&mail)?,
            attempts: 0,
            state: MessageState::Sending,
        };
        match self.store.open_report(&message, now).await? {
            None => {
                self.reports.send(&[(due, BUSY_SECONDS)]).await?;
                Ok(Sent::Busy)
            }
            // No wake-up is sent: the sweep of the minute finds the message, and a report can wait for it.
            Some(queued) if queued.wake_at.is_some() => Ok(Sent::Opened),
            Some(_) => Ok(Sent::Before),
        }
    }

    /// Returns the mail of the report; none if the institution is gone.
    async fn mail(&self, subscription: &Subscription, due: &Due, now: Timestamp) -> Result<Option<Mail>, SendError> {
        let links = self.links(subscription, now).await?;
        let (language, zone) = (subscription.settings.language, subscription.settings.zone);
        let Some(institution) = subscription.coverage.institution() else {
            let facts = self.store.silence_facts().await?;
            return Ok(Some(SilenceReport::new(facts, now).mail(language, zone, &links)));
        };
        let period = ReportPeriod::last_week(due.at, zone)?;
        match self.store.institution_facts(institution, &subscription.coverage, period, zone, now).await {
            Ok(facts) => Ok(Some(Report::new(facts, period, zone, now).mail(language, &links)?)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn links(&self, subscription: &Subscription, now: Timestamp) -> Result<Links, SendError> {
        let secret = self.secret.value(now).await.map_err(|error| SendError::Secret(error.to_string()))?;
        let unsubscribe = secret.unsubscribe_url(&self.base, subscription.id, subscription.generation);
        Ok(Links { console: Some(self.base.clone()), unsubscribe: Some(unsubscribe) })
    }
}
