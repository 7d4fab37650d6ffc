//! Records messages that were accepted and did not arrive: what SNS gave up, and what SES reports of mails.
//!
//! | report | consequence |
//! |---|---|
//! | SNS gave a message up (dead letter of a subscription) | the message failed, the subscription is failing |
//! | permanent bounce | the same |
//! | transient bounce: the mailbox is full, or refuses for now | sent again, at most three times |
//! | complaint | the recipient ended the subscription |

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock, random};
use centops_delivery::error_text;
use centops_domain::{
    audit::Actor,
    notifications::{Outcome, Retry, SubscriptionId, next},
};
use centops_queues::{WorkQueue, WorkQueueError, redeliver};
use centops_store::{
    Store, StoreError, Versioned,
    audit::{Audit, AuditContext},
    notifications::{Message, MessageState, RedeliverError, StoredSubscription, SubscribeError},
};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::Deserialize;

use crate::{
    failure::Failure,
    wake::{self, Wake},
};

/// The name of the function, for the audit trail.
const NAME: &str = "record-undelivered";
/// The newest messages among which that of a report is looked for. SNS gives up within hours.
const MESSAGES: i32 = 100;

/// The function.
#[derive(Debug)]
pub struct RecordUndelivered {
    store: Store,
    audit: Audit,
    wakes: WorkQueue,
    prefix: String,
}

/// A report about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// SNS gave it up, or the mailbox does not exist.
    GivenUp(String),
    /// The mailbox refuses it for now.
    Bounced(String),
    /// The recipient reported it as spam.
    Complained,
}

/// The message that a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageKey {
    /// Our id.
    Own(String),
    /// The id that SNS gave it.
    OfProvider(String),
}

#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Subscription(#[from] SubscribeError),
    #[error(transparent)]
    Redeliver(#[from] RedeliverError),
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
}

/// The JSON that SNS sends to a queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    topic_arn: String,
    message_id: String,
}

/// The JSON that `EventBridge` sends to a queue.
#[derive(Deserialize)]
struct BusEvent {
    detail: MailEvent,
}

/// A report of SES (event publishing).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MailEvent {
    event_type: String,
    mail: SentMail,
    bounce: Option<Bounce>,
}

#[derive(Deserialize)]
struct SentMail {
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    diagnostic_code: Option<String>,
}

impl Consumer for RecordUndelivered {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let (wakes, prefix) = (wake::queue(setup)?, setup.variable("TOPIC_PREFIX")?);
        Ok(Self { store: setup.store().await?, audit: setup.audit()?, wakes, prefix })
    }

    async fn handle(&self, event: SqsEvent, invocation: &Invocation) -> Result<SqsBatchResponse, Error> {
        let mut failed = Vec::new();
        for record in event.records {
            let id = record.message_id.unwrap_or_default();
            let Some((subscription, key, report)) = parse(record.body.as_deref().unwrap_or_default(), &self.prefix)
            else {
                // It is about no message of ours, or one of another kind of event.
                tracing::info!(message = id, "report of no message of a subscription dropped message={id}");
                continue;
            };
            let run = format!("{}-{id}", invocation.id);
            if let Err(error) = self.record(subscription, &key, report, &run, clock::now()).await {
                tracing::error!(%error, message = id, "failed to record a message that did not arrive message={id}");
                failed.push(id);
            }
        }
        Ok(redeliver(failed))
    }
}

impl RecordUndelivered {
    async fn record(
        &self,
        id: SubscriptionId,
        key: &MessageKey,
        report: Report,
        run: &str,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let Some(message) = self.find(id, key).await? else {
            tracing::info!(subscription = %id, "message of a report is not kept any more");
            return Ok(());
        };
        let stored = self.store.subscriber(id).await?.value;
        let context = AuditContext::new(&self.audit, Actor::System(NAME.to_owned()), NAME, run.to_owned(), now);
        let (outcome, error) = match report {
            Report::GivenUp(error) => (Outcome::HardBounce, error),
            Report::Bounced(error) => (Outcome::SoftBounce, error),
            Report::Complained => {
                let error = "the recipient reported a message as spam".to_owned();
                return self.fail(&message, &stored, true, error, &context).await;
            }
        };
        if let Retry::At(at) = next(message.value.attempts, outcome, now, random::jitter()) {
            return match self.store.retry_bounced(&context, &stored.subscription, &message.value.id, at).await {
                Ok(queued) => Ok(wake::send(&self.wakes, Wake::of(id, queued).as_slice(), now).await?),
                // It was reported twice.
                Err(RedeliverError::Underway) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        self.fail(&message, &stored, false, error, &context).await
    }

    /// Marks the subscription as ended by the recipient, or the message as failed and the subscription as failing.
    async fn fail(
        &self,
        message: &Versioned<Message>,
        stored: &StoredSubscription,
        ended: bool,
        error: String,
        context: &AuditContext<'_>,
    ) -> Result<(), RecordError> {
        let failure = Failure { of: stored, ended, error: error.clone(), id: &message.value.id };
        let wakes = failure.record(&self.store, context).await?;
        wake::send(&self.wakes, &wakes, context.now).await?;
        if !ended {
            // The last: a report that arrives again finds the message by what it was before.
            let state = MessageState::Failed { at: context.now, error };
            self.store.update_message(message, Message { state, ..message.value.clone() }).await?;
        }
        Ok(())
    }

    async fn find(&self, id: SubscriptionId, key: &MessageKey) -> Result<Option<Versioned<Message>>, StoreError> {
        let own = match key {
            MessageKey::Own(own) => Some(own.clone()),
            MessageKey::OfProvider(provider) => {
                let newest = self.store.messages(id, None, MESSAGES).await?.items;
                newest.into_iter().find(|message| is_of(message, provider)).map(|message| message.id)
            }
        };
        let Some(own) = own else { return Ok(None) };
        match self.store.message(id, &own).await {
            Ok(message) => Ok(Some(message)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn is_of(message: &Message, provider: &str) -> bool {
    matches!(&message.state, MessageState::Sent { provider_id: Some(id), .. } if id == provider)
}

/// Reads a report from the `body` of a queue message. `prefix` begins the names of the topics of subscriptions. None if
/// it is about something else.
fn parse(body: &str, prefix: &str) -> Option<(SubscriptionId, MessageKey, Report)> {
    if let Ok(Notification { topic_arn, message_id }) = serde_json::from_str(body) {
        let name = topic_arn.rsplit(':').next()?.strip_prefix(prefix)?;
        let error = "SNS could not deliver the message".to_owned();
        return Some((
            name.split('-').next()?.parse().ok()?,
            MessageKey::OfProvider(message_id),
            Report::GivenUp(error),
        ));
    }
    let BusEvent { detail: event } = serde_json::from_str(body).ok()?;
    let header = event.mail.headers.iter().find(|header| header.name.eq_ignore_ascii_case("X-CentOps-Message"))?;
    let (id, message) = header.value.split_once('/')?;
    let report = match (event.event_type.as_str(), &event.bounce) {
        ("Bounce", Some(bounce)) if bounce.bounce_type == "Permanent" => Report::GivenUp(reason(bounce)),
        ("Bounce", Some(bounce)) => Report::Bounced(reason(bounce)),
        ("Complaint", _) => Report::Complained,
        _ => return None,
    };
    Some((id.parse().ok()?, MessageKey::Own(message.to_owned()), report))
}

/// Returns what the mailbox answered, masked, for it often repeats the address.
fn reason(bounce: &Bounce) -> String {
    let code = bounce.bounced_recipients.iter().find_map(|recipient| recipient.diagnostic_code.as_deref());
    error_text(code.unwrap_or("the mailbox refused the mail"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn of_topic(topic: &str) -> Option<(SubscriptionId, MessageKey, Report)> {
        let arn = format!("arn:aws:sns:eu-north-1:000000000000:{topic}");
        let body = json!({"Type": "Notification", "MessageId": "m-1", "TopicArn": arn, "Message": "text"});
        parse(&body.to_string(), "centops-to-")
    }

    fn of_mail(kind: &str, bounce: &serde_json::Value) -> Option<(SubscriptionId, MessageKey, Report)> {
        let headers = json!([{"name": "X-CentOps-Message", "value": format!("{ID}/0199-a")}]);
        let detail = json!({"eventType": kind, "mail": {"headers": headers}, "bounce": bounce});
        parse(&json!({"source": "aws.ses", "detail": detail}).to_string(), "centops-to-")
    }

    #[test]
    fn dead_letter_of_a_topic_names_its_subscription() {
        let id: SubscriptionId = ID.parse().expect("an id");
        let (of, key, report) = of_topic(&format!("centops-to-{ID}-2")).expect("a report");
        assert_eq!((of, key), (id, MessageKey::OfProvider("m-1".to_owned())));
        assert!(matches!(report, Report::GivenUp(_)));
        assert_eq!(of_topic("centops-OperationsTopic"), None);
        assert_eq!(parse("{not json", "centops-to-"), None);
    }

    #[test]
    fn mail_bounces_for_good_or_for_now_and_its_text_is_masked() {
        let code = json!([{"diagnosticCode": "smtp; 550 5.1.1 <mari@example.ee> unknown\r\nuser"}]);
        let permanent = json!({"bounceType": "Permanent", "bouncedRecipients": code});
        let (_, key, found) = of_mail("Bounce", &permanent).expect("a report");
        assert_eq!(key, MessageKey::Own("0199-a".to_owned()));
        let Report::GivenUp(text) = found else { panic!("{found:?}") };
        assert!(text.contains("550 5.1.1") && !text.contains("mari@") && !text.contains('\n'), "{text}");
        let transient = json!({"bounceType": "Transient"});
        let (_, _, found) = of_mail("Bounce", &transient).expect("a report");
        assert!(matches!(found, Report::Bounced(_)), "{found:?}");
        let (_, _, found) = of_mail("Complaint", &json!(null)).expect("a report");
        assert_eq!(found, Report::Complained);
        assert_eq!(of_mail("Delivery", &json!(null)), None);
    }
}
