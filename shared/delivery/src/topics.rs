//! SNS topics: one for each subscription, so that its end is the end of its topic, also while nobody has confirmed it.
//!
//! Each step can be repeated: a topic and a subscription with the same attributes are created once.

use aws_sdk_sns::{
    Client,
    error::SdkError,
    operation::{
        delete_topic::DeleteTopicError, get_subscription_attributes::GetSubscriptionAttributesError,
        get_topic_attributes::GetTopicAttributesError, publish::PublishError, subscribe::SubscribeError,
    },
    types::MessageAttributeValue,
};
use centops_domain::{
    chatbots::Name,
    notifications::{Channel, Outcome, Subscription, SubscriptionId},
};
use serde_json::json;

use crate::{
    aws,
    delivery::{Delivery, error_text},
};

/// The most that one text message may cost, in US dollars. SNS does not send a dearer one.
pub(crate) const MAX_PRICE: &str = "0.20";

/// Creates topics, and publishes messages on them.
#[derive(Clone, Debug)]
pub struct Topics {
    client: Client,
    prefix: String,
    dead_letters: String,
}

/// A subscribed address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// The ARN of the topic.
    pub topic: String,
    /// The ARN of the subscription to it.
    pub arn: String,
    /// True if SNS delivers without a confirmation by the receiver: to a queue of the same account. It is false for a
    /// phone number: SNS delivers to any, so CentOps itself asks for a confirmation.
    pub confirmed: bool,
}

/// The state of a subscription in SNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The receiver has not confirmed it.
    Pending,
    /// SNS delivers to it.
    Confirmed,
    /// It does not exist any more: the receiver ended it, or nobody confirmed it in time.
    Gone,
}

/// The reason why a topic was not changed or read.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// SNS refuses the address. The text is SNS's, for whoever typed it.
    #[error("{0}")]
    Refused(String),
    /// SNS did not do it. The text is masked.
    #[error("SNS is not available: {0}")]
    Unavailable(String),
}

impl Topics {
    /// Returns the topics whose names begin with `prefix`, such as `<stack>-to-`. What SNS gives up goes to the queue
    /// with the ARN `dead_letters`.
    #[must_use]
    pub fn new(client: Client, prefix: String, dead_letters: String) -> Self {
        Self { client, prefix, dead_letters }
    }

    /// Creates the topic of this generation of `subscription`, and subscribes the address to it. A repetition changes
    /// nothing, and returns the same.
    ///
    /// # Errors
    /// [`TopicError::Refused`] if SNS does not take the address.
    pub async fn subscribe(&self, subscription: &Subscription) -> Result<Subscribed, TopicError> {
        let (channel, endpoint) = (subscription.address.channel(), subscription.address.as_str());
        let topic = self.create(subscription).await?;
        let mut request = self
            .client
            .subscribe()
            .topic_arn(&topic)
            .protocol(channel.as_str())
            .endpoint(endpoint)
            .attributes("RedrivePolicy", json!({ "deadLetterTargetArn": self.dead_letters }).to_string())
            .return_subscription_arn(true);
        if channel == Channel::Https {
            request = request.attributes("DeliveryPolicy", delivery_policy());
        }
        let subscribed = request.send().await.map_err(|error| refusal(&error))?;
        let arn = subscribed.subscription_arn.ok_or_else(|| missing("subscription"))?;
        let confirmed = channel == Channel::Sqs && self.status(&arn).await? == Status::Confirmed;
        Ok(Subscribed { topic, arn, confirmed })
    }

    /// Returns the ARN of the topic of `generation` of the subscription `id`, whether or not it exists: it has the
    /// partition, region and account of the dead letters.
    #[must_use]
    pub fn arn(&self, id: SubscriptionId, generation: u32) -> String {
        let mut parts = self.dead_letters.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
        parts.resize(6, String::new());
        "sns".clone_into(&mut parts[2]);
        parts[5] = self.name(id, generation);
        parts.join(":")
    }

    /// Returns whether `topic` exists.
    ///
    /// # Errors
    /// [`TopicError::Unavailable`].
    pub async fn exists(&self, topic: &str) -> Result<bool, TopicError> {
        match self.client.get_topic_attributes().topic_arn(topic).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(GetTopicAttributesError::NotFoundException(_)) => Ok(false),
                _ => Err(TopicError::Unavailable(error_text(&aws::reason(&error)))),
            },
        }
    }

    fn name(&self, id: SubscriptionId, generation: u32) -> String {
        format!("{}{id}-{generation}", self.prefix)
    }

    /// Deletes `topic` and its subscription, confirmed or not. A topic that does not exist is a success.
    ///
    /// # Errors
    /// [`TopicError::Unavailable`].
    pub async fn end(&self, topic: &str) -> Result<(), TopicError> {
        match self.client.delete_topic().topic_arn(topic).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteTopicError::NotFoundException(_)) => Ok(()),
                _ => Err(TopicError::Unavailable(error_text(&aws::reason(&error)))),
            },
        }
    }

    /// Returns the state of the subscription `arn`. A phone number is always confirmed.
    ///
    /// # Errors
    /// [`TopicError::Unavailable`].
    pub async fn status(&self, arn: &str) -> Result<Status, TopicError> {
        let found = match self.client.get_subscription_attributes().subscription_arn(arn).send().await {
            Ok(found) => found,
            Err(error) => match error.as_service_error() {
                Some(GetSubscriptionAttributesError::NotFoundException(_)) => return Ok(Status::Gone),
                _ => return Err(TopicError::Unavailable(error_text(&aws::reason(&error)))),
            },
        };
        let pending = found.attributes().and_then(|attributes| attributes.get("PendingConfirmation"));
        match pending.map(String::as_str) {
            Some("false") => Ok(Status::Confirmed),
            Some("true") => Ok(Status::Pending),
            _ => Err(missing("state")),
        }
    }

    /// Publishes a message on the `topic` of a subscription of `channel`. `subject` is one line of fewer than 100
    /// characters. SNS answers before it delivers.
    pub async fn publish(&self, channel: Channel, topic: &str, subject: &str, body: &str) -> Delivery {
        let mut request = self
            .client
            .publish()
            .topic_arn(topic)
            .subject(subject)
            .message_structure("json")
            .message(json!({ "default": body }).to_string());
        if channel == Channel::Sms {
            // Other receivers would get the attributes with the message.
            request = request.set_message_attributes(Some(sms_attributes()));
        }
        match request.send().await {
            Ok(published) => Delivery::accepted(200, published.message_id),
            Err(error) if is_refused(&error) => Delivery::failed(Outcome::Refused, &aws::reason(&error)),
            Err(error) => aws::unavailable(&error),
        }
    }

    /// Creates the topic of this generation of `subscription`. Returns its ARN.
    async fn create(&self, subscription: &Subscription) -> Result<String, TopicError> {
        let Subscription { id, generation, .. } = subscription;
        let mut request = self.client.create_topic().name(self.name(*id, *generation));
        // The sender of e-mails. A text message would begin with it, and have less space.
        if subscription.address.channel() == Channel::Email {
            request = request.attributes("DisplayName", display_name(subscription.coverage.institution()));
        }
        // Nothing of it was typed by the caller, so SNS refuses none of it for the caller's fault.
        let created = request.send().await;
        let created = created.map_err(|error| TopicError::Unavailable(error_text(&aws::reason(&error))))?;
        created.topic_arn.ok_or_else(|| missing("topic"))
    }
}

/// Returns the sender of e-mails to `institution`: fewer than 100 characters, which SNS takes, because a name has 64 at
/// most.
fn display_name(institution: Option<&Name>) -> String {
    institution.map_or_else(|| "CentOps".to_owned(), |institution| format!("CentOps {institution}"))
}

/// Returns the policy of deliveries to https: 13 attempts in at most 51 minutes. SNS allows an hour in all, and counts
/// each answer below 500 as a delivery.
fn delivery_policy() -> String {
    let policy = json!({
        "healthyRetryPolicy": {
            "numRetries": 12,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 2,
            "numMaxDelayRetries": 5,
            "minDelayTarget": 5,
            "maxDelayTarget": 300,
            "backoffFunction": "exponential",
        },
        "throttlePolicy": { "maxReceivesPerSecond": 5 },
    });
    policy.to_string()
}

/// Returns the attributes of text messages: delivered with priority, and not at any price.
pub(crate) fn sms_attributes() -> std::collections::HashMap<String, MessageAttributeValue> {
    let values = [("AWS.SNS.SMS.SMSType", "String", "Transactional"), ("AWS.SNS.SMS.MaxPrice", "Number", MAX_PRICE)];
    let attribute = |(name, data_type, value): (&str, &str, &str)| {
        let value = MessageAttributeValue::builder().data_type(data_type).string_value(value).build().ok()?;
        Some((name.to_owned(), value))
    };
    values.into_iter().filter_map(attribute).collect()
}

/// Returns whether SNS would refuse the same message again: the topic does not exist, or the message is invalid.
pub(crate) fn is_refused(error: &SdkError<PublishError>) -> bool {
    matches!(
        error.as_service_error(),
        Some(
            PublishError::NotFoundException(_)
                | PublishError::InvalidParameterException(_)
                | PublishError::InvalidParameterValueException(_)
                | PublishError::ValidationException(_)
        )
    )
}

/// Returns the refusal of a subscription: of its address, or of what the caller did not type.
fn refusal(error: &SdkError<SubscribeError>) -> TopicError {
    if let Some(SubscribeError::InvalidParameterException(invalid)) = error.as_service_error() {
        let text = invalid.message().unwrap_or("SNS refuses the address");
        // Attributes are ours, and those of an existing subscription may differ after an update of the stack.
        if !["Attributes", "RedrivePolicy", "DeliveryPolicy"].iter().any(|ours| text.contains(ours)) {
            return TopicError::Refused(text.to_owned());
        }
    }
    TopicError::Unavailable(error_text(&aws::reason(error)))
}

fn missing(what: &str) -> TopicError {
    TopicError::Unavailable(format!("the answer has no {what}"))
}
