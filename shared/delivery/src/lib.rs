//! Delivery of notifications: gives a rendered message to a channel, and reports the outcome.
//!
//! | channel | by | module |
//! |---|---|---|
//! | `email`, `sms`, `https`, `sqs` | SNS, one topic for each subscription | [`Topics`] |
//! | `mail` | SES | [`Mails`] |
//! | `webhook`, `slack`, `teams`, `pagerduty`, `alertmanager` | HTTPS POST through the egress filter | [`Posts`] |
//!
//! [`Channels`] chooses among them. The crate knows neither the table nor Lambda. Invariants:
//!
//! - A failure is an outcome ([`Delivery`]), never an error: the caller decides by it when to try again.
//! - The text of a failure is shown to owners and kept in the table: it has no personal data and no secret address.
//! - A URL is checked at each delivery, not only when it was entered.

mod aws;
mod channels;
mod delivery;
mod mails;
mod posts;
mod retry_after;
mod secret;
mod topics;

pub use channels::{Channels, Outgoing, Target};
pub use delivery::{Delivery, error_text};
pub use mails::Mails;
pub use posts::{Posts, USER_AGENT};
pub use secret::{InvalidMasterSecret, MasterSecret, NotificationSecret};
pub use topics::{Status, Subscribed, TopicError, Topics};
