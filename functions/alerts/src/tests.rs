//! Tests of the operations of subscriptions: on a table, with SNS as a mock.

mod changing;
mod confirming;
mod creating;
mod messages;
mod reading;
mod support;
mod unsubscribing;
