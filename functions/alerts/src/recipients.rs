//! Recipients: asks them whether they want the messages of a subscription.

use centops_api::{FromSetup, Problem, Setup, StartError, random};
use centops_delivery::{Channels, Delivery, Outgoing, Subscribed, Target, TopicError};
use centops_domain::notifications::{
    CODE_LIFETIME, Channel, CodeContent, Confirmation, ConfirmationCode, EndedBy, Entry, Links, MessageContent,
    Outcome, Rendered, Renderer, SentCode, Subscription,
};
use centops_store::{Store, Versioned, audit::AuditContext, notifications::StoredSubscription};
use jiff::Timestamp;
use uuid::{Builder, Uuid};

use crate::{clients, confirmations::Confirmations, problems};

/// The audit part of the ARNs of a topic. The first write of a request is part 0, a confirmation part 2.
const TOPIC_PART: u8 = 1;
/// The audit part of the end of a subscription whose address is refused.
const ENDED_PART: u8 = 3;

/// Asks recipients.
#[derive(Debug)]
pub struct Recipients {
    pub(crate) confirmations: Confirmations,
    pub(crate) channels: Channels,
}

impl FromSetup for Recipients {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { confirmations: Confirmations::from_setup(setup).await?, channels: clients::channels(setup)? })
    }
}

impl Recipients {
    /// Returns the store.
    pub(crate) fn store(&self) -> &Store {
        &self.confirmations.store
    }

    /// Asks the recipient of the pending subscription `stored`: creates its topic, sends a test message, or a code. Every
    /// step may be repeated. `pointer` is the place of the address in the body.
    ///
    /// # Errors
    /// 400 if the address is refused: the subscription has ended then. 409 if the address got too many codes. 503.
    pub(crate) async fn ask(
        &self,
        audit: &AuditContext<'_>,
        stored: Versioned<StoredSubscription>,
        pointer: &'static str,
    ) -> Result<Versioned<StoredSubscription>, Problem> {
        let channel = stored.value.subscription.address.channel();
        let stored = if channel.is_sns() { self.subscribe(audit, &stored.value, pointer).await? } else { stored };
        match channel.confirmation() {
            Confirmation::Sns => Ok(stored),
            Confirmation::TestMessage => self.send_test(audit, stored).await,
            Confirmation::Code => {
                self.send_code(audit, &stored.value, pointer).await?;
                Ok(stored)
            }
        }
    }

    /// Returns the secret of the webhook `subscription`, as its owner gets it.
    pub(crate) async fn webhook_secret(&self, subscription: &Subscription, now: Timestamp) -> Result<String, Problem> {
        let master = self.channels.secret.value(now).await.map_err(Problem::unavailable)?;
        Ok(master.webhook_secret(subscription.id, subscription.generation).text())
    }

    /// Creates the topic of `stored`, and subscribes the address to it.
    async fn subscribe(
        &self,
        audit: &AuditContext<'_>,
        stored: &StoredSubscription,
        pointer: &'static str,
    ) -> Result<Versioned<StoredSubscription>, Problem> {
        let Subscribed { topic, arn, confirmed } = match self.channels.topics.subscribe(&stored.subscription).await {
            Ok(subscribed) => subscribed,
            Err(TopicError::Refused(rule)) => return Err(self.refuse(audit, stored, pointer, &rule).await?),
            Err(error @ TopicError::Unavailable(_)) => return Err(Problem::unavailable(error)),
        };
        let generation = stored.subscription.generation;
        let note = |old: &StoredSubscription| old.subscribed(generation, &topic, &arn, confirmed, audit.now);
        self.confirmations.change(&audit.part(TOPIC_PART), stored, note).await
    }

    /// Sends a test message. An answer of 2xx confirms the subscription. Without one it is still pending.
    async fn send_test(
        &self,
        audit: &AuditContext<'_>,
        stored: Versioned<StoredSubscription>,
    ) -> Result<Versioned<StoredSubscription>, Problem> {
        let subscription = &stored.value.subscription;
        let institution = subscription.coverage.institution().cloned();
        let id = message_id(audit.now)?;
        let content =
            MessageContent { id, at: audit.now, institution, entries: vec![Entry::Test], common_causes: vec![] };
        let links = Links::default();
        let renderer = renderer(subscription, &links);
        let Rendered { subject, body } = renderer.body(subscription.address.channel(), &content);
        let delivery = self.deliver(&stored.value, id, &subject, &body, audit.now).await;
        if is_delivered(&delivery) {
            return self.confirmations.confirm(audit, &stored.value).await;
        }
        let (id, error) = (subscription.id, delivery.error.unwrap_or_default());
        tracing::info!(%id, error, "test message not delivered id={id}");
        Ok(stored)
    }

    /// Sends a new code.
    async fn send_code(
        &self,
        audit: &AuditContext<'_>,
        stored: &StoredSubscription,
        pointer: &'static str,
    ) -> Result<(), Problem> {
        let (subscription, now) = (&stored.subscription, audit.now);
        let Subscription { id, generation, address, .. } = subscription;
        let code = ConfirmationCode::new(random::bytes()?);
        let sent = SentCode::new(*id, *generation, &code, random::bytes()?, now);
        self.store().put_code(*id, address, &sent, now).await.map_err(problems::of_confirmation)?;
        let institution = subscription.coverage.institution();
        let content = CodeContent { code: code.reveal(), valid_for: CODE_LIFETIME, institution };
        let links = Links::default();
        let renderer = renderer(subscription, &links);
        let (subject, body) = match address.channel() {
            Channel::Mail => {
                let mail = renderer.code_mail(&content);
                (mail.subject.clone(), serde_json::to_string(&mail).map_err(Problem::internal)?)
            }
            Channel::Teams => (String::new(), renderer.code_teams(&content)),
            _ => ("CentOps".to_owned(), renderer.code_sms(&content)),
        };
        let delivery = self.deliver(stored, message_id(now)?, &subject, &body, now).await;
        if is_delivered(&delivery) {
            return Ok(());
        }
        let error = delivery.error.unwrap_or_default();
        match delivery.outcome {
            Outcome::Refused | Outcome::HardBounce => Err(self.refuse(audit, stored, pointer, &error).await?),
            _ => Err(Problem::unavailable(error)),
        }
    }

    async fn deliver(
        &self,
        stored: &StoredSubscription,
        id: Uuid,
        subject: &str,
        body: &str,
        now: Timestamp,
    ) -> Delivery {
        let Subscription { id: subscription, generation, address, .. } = &stored.subscription;
        let topic = stored.topic.as_deref();
        let target = Target { address, id: *subscription, generation: *generation, topic };
        let id = id.to_string();
        self.channels.deliver(&target, &Outgoing { id: &id, subject, body, unsubscribe: None }, now).await
    }

    /// Ends `stored`, whose address is refused by `rule`: it can be subscribed again once it is right. Returns the problem.
    async fn refuse(
        &self,
        audit: &AuditContext<'_>,
        stored: &StoredSubscription,
        pointer: &'static str,
        rule: &str,
    ) -> Result<Problem, Problem> {
        let end = |old: &StoredSubscription| Ok(old.ended(EndedBy::Owner, audit.now));
        self.confirmations.change(&audit.part(ENDED_PART), stored, end).await?;
        Ok(Problem::invalid(pointer, rule))
    }
}

fn renderer<'a>(subscription: &Subscription, links: &'a Links) -> Renderer<'a> {
    Renderer { language: subscription.settings.language, zone: subscription.settings.zone, links }
}

/// Returns whether the recipient's system took the message.
fn is_delivered(delivery: &Delivery) -> bool {
    matches!(delivery.outcome, Outcome::Answered { status: 200..=299, .. })
}

/// Returns a new id of a message: a `UUIDv7`.
fn message_id(now: Timestamp) -> Result<Uuid, Problem> {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Ok(Builder::from_unix_timestamp_millis(millis, &random::bytes()?).into_uuid())
}
