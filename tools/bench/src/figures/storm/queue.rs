//! A standard queue of SQS: delays, visibility timeouts and redelivery. Times are from the start of the queue.

use std::collections::BTreeMap;
use std::time::Duration;

/// A place in the queue: the time from which the message is visible, and its number.
type Place = (Duration, u64);

/// The right to delete a received message. A later delivery of the message ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt(Place);

/// A received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The id, the same in every delivery.
    pub id: String,
    /// The body.
    pub body: String,
    /// The right to delete it.
    pub receipt: Receipt,
}

#[derive(Debug)]
struct Message {
    body: String,
    receives: usize,
}

/// The queue.
#[derive(Debug)]
pub struct Queue {
    visibility: Duration,
    messages: BTreeMap<Place, Message>,
    sent: u64,
    redelivered: usize,
}

impl Queue {
    /// Returns an empty queue with this visibility timeout.
    #[must_use]
    pub fn new(visibility: Duration) -> Self {
        Self { visibility, messages: BTreeMap::new(), sent: 0, redelivered: 0 }
    }

    /// Sends a message at `now`, which is visible after `delay`. Returns its id.
    pub fn send(&mut self, body: String, delay: Duration, now: Duration) -> String {
        self.sent += 1;
        self.messages.insert((now + delay, self.sent), Message { body, receives: 0 });
        id(self.sent)
    }

    /// Receives up to `most` messages that are visible at `now`, and hides them for the visibility timeout.
    pub fn receive(&mut self, most: usize, now: Duration) -> Vec<Received> {
        let visible = self.messages.range(..=(now, u64::MAX)).take(most);
        let places: Vec<Place> = visible.map(|(place, _)| *place).collect();
        let received = places.into_iter().filter_map(|place| {
            let mut message = self.messages.remove(&place)?;
            message.receives += 1;
            self.redelivered += usize::from(message.receives > 1);
            let hidden = (now + self.visibility, place.1);
            let received = Received { id: id(place.1), body: message.body.clone(), receipt: Receipt(hidden) };
            self.messages.insert(hidden, message);
            Some(received)
        });
        received.collect()
    }

    /// Deletes a received message, unless it was received again since.
    pub fn delete(&mut self, receipt: Receipt) {
        self.messages.remove(&receipt.0);
    }

    /// Returns the time at which the next message is visible.
    #[must_use]
    pub fn next_visible(&self) -> Option<Duration> {
        self.messages.first_key_value().map(|((visible, _), _)| *visible)
    }

    /// Returns how many messages were received again, once for each time.
    #[must_use]
    pub fn redelivered(&self) -> usize {
        self.redelivered
    }
}

fn id(number: u64) -> String {
    format!("message-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    fn bodies(received: &[Received]) -> Vec<&str> {
        received.iter().map(|one| one.body.as_str()).collect()
    }

    #[test]
    fn messages_are_received_after_their_delay_in_order_and_in_batches() {
        let mut queue = Queue::new(second(60));
        for (body, delay) in [("late", 30), ("first", 0), ("second", 0), ("third", 0)] {
            queue.send(body.to_owned(), second(delay), second(1));
        }
        assert_eq!(bodies(&queue.receive(2, second(1))), ["first", "second"]);
        assert_eq!(bodies(&queue.receive(10, second(2))), ["third"]);
        assert_eq!(bodies(&queue.receive(10, second(30))), [""; 0]);
        assert_eq!(queue.next_visible(), Some(second(31)));
        assert_eq!(bodies(&queue.receive(10, second(31))), ["late"]);
    }

    #[test]
    fn message_that_is_not_deleted_returns_after_the_visibility_timeout() {
        let mut queue = Queue::new(second(60));
        let id = queue.send("one".to_owned(), second(0), second(0));
        queue.send("two".to_owned(), second(0), second(0));
        let first = queue.receive(10, second(5));
        queue.delete(first[1].receipt);
        assert_eq!(bodies(&queue.receive(10, second(64))), [""; 0]);
        let again = queue.receive(10, second(65));
        assert_eq!((again.len(), &again[0].id, queue.redelivered()), (1, &id, 1));
        queue.delete(first[0].receipt);
        assert_eq!(queue.next_visible(), Some(second(125)), "the first receipt has ended");
        queue.delete(again[0].receipt);
        assert_eq!(queue.next_visible(), None);
    }
}
