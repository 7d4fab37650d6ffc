//! The importance of a notification, by which subscriptions choose.

use serde::{Deserialize, Serialize};

/// The importance of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Importance {
    /// It can wait for a digest: an enrolment, an optional update, a chatbot that settled.
    Info,
    /// It needs attention within hours: a chatbot that flaps, a mandatory update, an expiring certificate.
    Warning,
    /// It needs attention at once: a chatbot that is offline, a critical update.
    Critical,
}
