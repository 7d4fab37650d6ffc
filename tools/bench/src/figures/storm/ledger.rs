//! The record of the messages that the receiver accepted, and the figures that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::plan::Plan;

/// A request that the receiver answered with success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The owner that it was sent to.
    pub owner: usize,
    /// The id of the message.
    pub message: String,
    /// The chatbots that it names.
    pub chatbots: Vec<usize>,
    /// The time of arrival, from the start of the storm.
    pub at: Duration,
}

/// All requests to the receiver.
#[derive(Debug, Default)]
pub struct Ledger {
    deliveries: Vec<Delivery>,
    named: BTreeSet<usize>,
    refused: usize,
}

/// The figures of a ledger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The messages of an owner, on average.
    pub mean: f64,
    /// The messages of the owner with the most.
    pub most: usize,
    /// The arrival of the first message.
    pub first: Duration,
    /// The arrival of the last message.
    pub last: Duration,
    /// The chatbots that no message named.
    pub lost: usize,
    /// The chatbots that more than one message named, once for each further message.
    pub doubled: usize,
    /// The accepted requests that repeated the id of an earlier one.
    pub repeated: usize,
    /// The requests that the receiver answered with an error.
    pub refused: usize,
}

impl Ledger {
    /// Records an accepted request.
    pub fn accept(&mut self, delivery: Delivery) {
        self.named.extend(&delivery.chatbots);
        self.deliveries.push(delivery);
    }

    /// Records a request that was answered with an error.
    pub fn refuse(&mut self) {
        self.refused += 1;
    }

    /// Returns the number of chatbots that a message named.
    #[must_use]
    pub fn named(&self) -> usize {
        self.named.len()
    }

    /// Returns the arrival of the last message.
    #[must_use]
    pub fn last(&self) -> Duration {
        self.deliveries.iter().map(|delivery| delivery.at).max().unwrap_or_default()
    }

    /// Returns the figures of the storm of `plan`.
    #[must_use]
    pub fn summary(&self, plan: &Plan) -> Summary {
        let mut messages: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        let mut naming: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        let (mut ids, mut repeated) = (BTreeSet::new(), 0);
        for delivery in &self.deliveries {
            let id = delivery.message.as_str();
            repeated += usize::from(!ids.insert(id));
            messages.entry(delivery.owner).or_default().insert(id);
            for chatbot in &delivery.chatbots {
                naming.entry(*chatbot).or_default().insert(id);
            }
        }
        Summary {
            mean: ratio(ids.len(), plan.owners()),
            most: messages.values().map(BTreeSet::len).max().unwrap_or_default(),
            first: self.deliveries.iter().map(|delivery| delivery.at).min().unwrap_or_default(),
            last: self.last(),
            lost: plan.failures().iter().filter(|failure| !naming.contains_key(&failure.chatbot)).count(),
            doubled: naming.values().map(|messages| messages.len() - 1).sum(),
            repeated,
            refused: self.refused,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 messages")]
fn ratio(dividend: usize, divisor: usize) -> f64 {
    dividend as f64 / divisor as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(message: &str, chatbots: &[usize], second: u64) -> Delivery {
        let (chatbots, at) = (chatbots.to_vec(), Duration::from_secs(second));
        Delivery { owner: chatbots[0] / 5, message: message.to_owned(), chatbots, at }
    }

    #[test]
    fn complete_delivery_has_nothing_lost_doubled_or_repeated() {
        let mut ledger = Ledger::default();
        ledger.accept(delivery("a", &[0, 1, 2, 3, 4], 90));
        ledger.accept(delivery("b", &[5, 6, 7, 8, 9], 80));
        ledger.refuse();
        let (first, last) = (Duration::from_secs(80), Duration::from_secs(90));
        let expected = Summary { mean: 1.0, most: 1, first, last, lost: 0, doubled: 0, repeated: 0, refused: 1 };
        assert_eq!(ledger.summary(&Plan::new(10, 1)), expected);
        assert_eq!((ledger.named(), ledger.last()), (10, last));
    }

    #[test]
    fn chatbot_without_a_message_is_lost() {
        let mut ledger = Ledger::default();
        ledger.accept(delivery("a", &[0, 1, 3], 90));
        let summary = ledger.summary(&Plan::new(10, 1));
        assert_eq!((summary.lost, ledger.named()), (7, 3));
        assert!((summary.mean - 0.5).abs() < f64::EPSILON);
        assert_eq!(Ledger::default().summary(&Plan::new(10, 1)).lost, 10);
    }

    #[test]
    fn repetition_with_the_same_id_doubles_nothing() {
        let mut ledger = Ledger::default();
        ledger.accept(delivery("a", &[0, 1], 90));
        ledger.accept(delivery("a", &[0, 1], 95));
        let summary = ledger.summary(&Plan::new(2, 1));
        assert_eq!((summary.most, summary.doubled, summary.repeated), (1, 0, 1));
        ledger.accept(delivery("b", &[1], 99));
        let summary = ledger.summary(&Plan::new(2, 1));
        assert_eq!((summary.most, summary.doubled, summary.repeated), (2, 1, 1));
    }
}
