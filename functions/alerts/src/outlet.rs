//! The outlet of messages: the channels, with the settings of the function.

use centops_api::{Setup, StartError};
use centops_delivery::{Channels, Delivery, Outgoing, Status, Target, TopicError};
use centops_domain::notifications::{Channel, Links, Outcome, Subscription};
use centops_store::notifications::{Message, StoredSubscription};
use jiff::Timestamp;
use url::Url;

use crate::{clients, rounds::Outlet};

/// The channels, and the address that messages link to.
#[derive(Debug)]
pub struct ChannelOutlet {
    channels: Channels,
    /// The base URL of the API, or of a console in front of it.
    base: Url,
}

impl ChannelOutlet {
    /// Makes the clients of all channels.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { channels: clients::channels(setup)?, base: setup.parsed("PUBLIC_ADDRESS")? })
    }

    /// Returns the URL that ends the subscription by a POST, and shows a page by a GET. None while the secret that it
    /// is made with cannot be read.
    async fn unsubscribe(&self, subscription: &Subscription, now: Timestamp) -> Option<Url> {
        let (id, generation) = (subscription.id, subscription.generation);
        let secret = self.channels.secret.value(now).await;
        let secret = secret.inspect_err(|error| tracing::error!(%error, "failed to read the secret of links")).ok()?;
        Some(secret.unsubscribe_url(&self.base, id, generation))
    }
}

impl Outlet for ChannelOutlet {
    async fn links(&self, subscription: &Subscription, now: Timestamp) -> Links {
        let console = Some(self.base.clone());
        // SNS has links of its own for e-mail, and a text message has no space for one. Programs use the API.
        match subscription.address.channel() {
            Channel::Mail => Links { console, unsubscribe: self.unsubscribe(subscription, now).await },
            _ => Links { console, unsubscribe: None },
        }
    }

    async fn deliver(&self, subscription: &StoredSubscription, message: &Message, now: Timestamp) -> Delivery {
        let of = &subscription.subscription;
        let target =
            Target { address: &of.address, id: of.id, generation: of.generation, topic: subscription.topic.as_deref() };
        let unsubscribe = match of.address.channel() {
            Channel::Mail => match self.unsubscribe(of, now).await {
                Some(url) => Some(url),
                None => return no_link(),
            },
            _ => None,
        };
        // SES reports bounces with this header, and nothing else that says whose message it was.
        let id = match of.address.channel() {
            Channel::Mail => format!("{}/{}", of.id, message.id),
            _ => message.id.clone(),
        };
        let outgoing =
            Outgoing { id: &id, subject: &message.subject, body: &message.body, unsubscribe: unsubscribe.as_ref() };
        self.channels.deliver(&target, &outgoing, now).await
    }

    async fn status(&self, arn: &str) -> Result<Status, TopicError> {
        self.channels.topics.status(arn).await
    }
}

/// Returns the failure of a mail that cannot be sent without the link that ends it. It is tried again.
fn no_link() -> Delivery {
    let error = Some("the secret of links cannot be read".to_owned());
    Delivery { outcome: Outcome::Unreachable, provider_id: None, error }
}
