//! Delivery by channel.

use centops_domain::notifications::{Address, Channel, Outcome, SubscriptionId};
use centops_egress::{Resolver, SystemResolver};
use jiff::Timestamp;
use reqwest::Url;

use crate::{delivery::Delivery, mails::Mails, posts::Posts, secret::NotificationSecret, topics::Topics};

/// The receiver of a message.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Channel and address.
    pub address: &'a Address,
    /// The subscription.
    pub id: SubscriptionId,
    /// Its generation.
    pub generation: u32,
    /// The ARN of its topic, on the channels of SNS.
    pub topic: Option<&'a str>,
}

/// A rendered message.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The id of the message, the same in each attempt.
    pub id: &'a str,
    /// The subject: one line of fewer than 100 characters. Channels without subjects do not use it.
    pub subject: &'a str,
    /// The body in the form of the channel: `mail` takes the JSON of a [`Mail`](centops_domain::notifications::Mail),
    /// `pagerduty` an array of [events](centops_domain::notifications::PagerDutyEvent).
    pub body: &'a str,
    /// The URL that ends the subscription by a POST. Only `mail` uses it.
    pub unsubscribe: Option<&'a Url>,
}

/// Delivers messages on every channel.
#[derive(Debug)]
pub struct Channels<R = SystemResolver> {
    /// SNS: `email`, `sms`, `https` and `sqs`.
    pub topics: Topics,
    /// SES: `mail`.
    pub mails: Mails,
    /// The channels that post to a URL.
    pub posts: Posts<R>,
    /// The secret from which those of webhooks are derived.
    pub secret: NotificationSecret,
}

impl<R: Resolver> Channels<R> {
    /// Gives `message` to the channel of `target` at `now`.
    pub async fn deliver(&self, target: &Target<'_>, message: &Outgoing<'_>, now: Timestamp) -> Delivery {
        let (channel, Outgoing { id, subject, body, .. }) = (target.address.channel(), *message);
        match channel {
            Channel::Email | Channel::Sms | Channel::Https | Channel::Sqs => match target.topic {
                Some(topic) => self.topics.publish(channel, topic, subject, body).await,
                None => Delivery::failed(Outcome::Refused, "the subscription has no topic"),
            },
            Channel::Webhook => self.post_signed(target, id, body, now).await,
            Channel::PagerDuty => self.posts.post_events(target.address.as_str(), body, now).await,
            Channel::Mail | Channel::Slack | Channel::Teams | Channel::Alertmanager => {
                self.deliver_directly(target.address, message, now).await
            }
        }
    }

    /// Gives `message` to a channel that needs nothing but the address.
    async fn deliver_directly(&self, address: &Address, message: &Outgoing<'_>, now: Timestamp) -> Delivery {
        if address.channel() == Channel::Mail {
            return match serde_json::from_str(message.body) {
                Ok(mail) => self.mails.send(address.as_str(), mail, message.id, message.unsubscribe).await,
                Err(error) => Delivery::failed(Outcome::Refused, &format!("the message is not a mail: {error}")),
            };
        }
        match address.uri() {
            Some(uri) => self.posts.post(uri.url(), message.body, now).await,
            None => no_url(),
        }
    }

    async fn post_signed(&self, target: &Target<'_>, id: &str, body: &str, now: Timestamp) -> Delivery {
        let Some(uri) = target.address.uri() else { return no_url() };
        match self.secret.value(now).await {
            Ok(master) => {
                let secret = master.webhook_secret(target.id, target.generation);
                self.posts.post_signed(uri.url(), &secret, id, body, now).await
            }
            Err(error) => Delivery::failed(Outcome::Unreachable, &error.to_string()),
        }
    }
}

fn no_url() -> Delivery {
    Delivery::failed(Outcome::Refused, "the address is not a URL")
}
