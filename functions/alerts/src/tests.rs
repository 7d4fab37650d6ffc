//! Tests of the area: on a table on dynoxide.

mod changing;
mod confirming;
mod creating;
mod events;
mod messages;
mod notifications;
mod reading;
mod support;
mod unsubscribing;
