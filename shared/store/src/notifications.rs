//! Notifications: subscriptions, what is pending for them, what they were told, and the messages.
//!
//! An event is queued as a pending notification of each subscription that covers it, by an id of its own: repeating it
//! changes nothing. A [round](crate::Store::open_message) takes the pending notifications that are told or dropped, and records
//! that in one transaction with the message: the schedule item has a version, so that two rounds never decide upon the
//! same notifications. What follows – deleting them, noting what was told – is repeated until it is done, by whoever finds
//! the open message after its lease.
//!
//! The outages of the whole network are counted by second, so that a storm is recognised.

mod codes;
mod listing;
mod messages;
mod outages;
mod pending;
mod redelivery;
mod rounds;
mod schedule;
mod sms;
mod subscriptions;

pub use self::{
    codes::ConfirmError,
    listing::{InvalidSubscriberPosition, SubscriberPosition},
    messages::{Message, MessageState},
    redelivery::RedeliverError,
    rounds::{OpenMessage, Round},
    schedule::{Hold, Queued, Schedule},
    subscriptions::{StoredSubscription, SubscribeError},
};
