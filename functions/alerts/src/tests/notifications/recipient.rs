//! The recipients of all subscriptions, outside CentOps.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use centops_delivery::{Delivery, Status, TopicError};
use centops_domain::notifications::{Links, Outcome, Subscription, SubscriptionId};
use centops_store::notifications::{Message, StoredSubscription};
use jiff::{SignedDuration, Timestamp};

use crate::rounds::Outlet;

/// The answer of a recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// It accepts.
    #[default]
    Accepts,
    /// It accepts, and its answer is lost.
    IsLost,
    /// It asks to wait.
    Throttles,
    /// It refuses with this status.
    Refuses(u16),
    /// It takes this message in no case.
    Rejects,
}

/// A message that a recipient got.
#[derive(Clone, Debug)]
pub struct Received {
    /// When.
    pub at: Timestamp,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The id of the message.
    pub id: String,
    /// The body.
    pub body: serde_json::Value,
}

/// The recipients.
#[derive(Clone, Debug, Default)]
pub struct Recipients(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    answers: BTreeMap<SubscriptionId, Answer>,
    received: Vec<Received>,
    lost: usize,
}

impl Recipients {
    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets the recipient of `subscription` give this answer from now on.
    pub fn answer(&self, subscription: SubscriptionId, answer: Answer) {
        self.with(|inner| inner.answers.insert(subscription, answer));
    }

    /// Returns what all recipients got, in order.
    pub fn received(&self) -> Vec<Received> {
        self.with(|inner| inner.received.clone())
    }

    /// Returns how many answers were lost.
    pub fn lost(&self) -> usize {
        self.with(|inner| inner.lost)
    }
}

impl Outlet for Recipients {
    async fn links(&self, _: &Subscription, _: Timestamp) -> Links {
        Links::default()
    }

    async fn deliver(&self, subscription: &StoredSubscription, message: &Message, now: Timestamp) -> Delivery {
        // A crash can happen before the request and after it.
        tokio::task::yield_now().await;
        let id = subscription.subscription.id;
        let outcome = self.with(|inner| {
            let answer = inner.answers.get(&id).copied().unwrap_or_default();
            if matches!(answer, Answer::Accepts | Answer::IsLost) {
                let body = serde_json::from_str(&message.body).expect("JSON");
                inner.received.push(Received { at: now, subscription: id, id: message.id.clone(), body });
            }
            match answer {
                Answer::Accepts => Outcome::Answered { status: 200, retry_after: None },
                Answer::IsLost => {
                    inner.lost += 1;
                    Outcome::Unreachable
                }
                Answer::Throttles => {
                    Outcome::Answered { status: 429, retry_after: Some(SignedDuration::from_secs(120)) }
                }
                Answer::Rejects => Outcome::Refused,
                Answer::Refuses(status) => Outcome::Answered { status, retry_after: None },
            }
        });
        tokio::task::yield_now().await;
        Delivery { outcome, provider_id: None, error: Some("refused".to_owned()) }
    }

    async fn status(&self, _: &str) -> Result<Status, TopicError> {
        Ok(Status::Confirmed)
    }
}
