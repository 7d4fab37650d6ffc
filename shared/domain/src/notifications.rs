//! Notifications: who is told what, when and in which words.
//!
//! A [`Subscription`] is one address on one channel. An event makes one [`PendingNotification`] for each subscription
//! that covers it. [`decide`] says when a message is made of them, and [`combine()`] of which entries it consists: what
//! came and went meanwhile is left out, and whoever was told that a chatbot is offline is told when it is back.

pub(crate) mod channel;
pub(crate) mod combine;
pub(crate) mod confirmation;
pub(crate) mod drop_reason;
pub(crate) mod enrolment;
pub(crate) mod entry;
pub(crate) mod importance;
mod net_status;
pub(crate) mod notified;
pub(crate) mod pending;
pub(crate) mod planned;
pub(crate) mod quiet_hours;
pub(crate) mod rendering;
pub(crate) mod retry;
pub(crate) mod schedule;
pub(crate) mod settings;
pub(crate) mod state;
pub(crate) mod subscription;
pub(crate) mod subscription_change;
pub(crate) mod subscription_id;
pub(crate) mod suspected;
pub(crate) mod topic;
pub(crate) mod zone;

pub(crate) use self::rendering::{
    document::{links, wording},
    html::escape,
    limits::{MAX_HTML, MAX_SUBJECT, MAX_TEXT, largest},
    words::{Words, counted},
};
pub use self::{
    channel::{Address, Channel, InvalidAddress},
    combine::{Combined, Dropped, MAX_AGE, combine},
    confirmation::{
        CODE_LIFETIME, CODES_PERIOD, CodeError, CodeHistory, Confirmation, ConfirmationCode, InvalidCode, MAX_CODES,
        MAX_TRIES, SentCode, TooManyCodes,
    },
    drop_reason::DropReason,
    enrolment::{Enrolment, Present},
    entry::{Before, Entry, Operational, Outage},
    importance::Importance,
    notified::{LastNotified, MEMORY, Notified, NotifiedChange, NotifiedStatus},
    pending::{
        Audience, Content, PendingNotification, ReleaseKey, audience_of, chatbot_of, importance_of, is_for_both,
    },
    planned::Held,
    quiet_hours::{DailySpan, EmptySpan, InvalidWallTime, QuietHours, WallTime},
    rendering::{
        Renderer,
        body::Rendered,
        confirmation::CodeContent,
        content::{Links, MessageContent},
        language::{Language, UnknownLanguage},
        mail::{Attachment, Mail},
        pagerduty::PagerDutyEvent,
    },
    retry::{Outcome, Retry, next},
    schedule::{
        CRITICAL_GAP, Ceiling, Conditions, Decision, FIRST_WAIT, GAP, STORM_OUTAGES, SendHistory, SmsBudget, Storm,
        Undeliverable, ceilings, decide,
    },
    settings::{Digest, Kind, Settings, SettingsChange},
    state::{CONFIRMATION_PERIOD, EndedBy, InvalidTransition, State},
    subscription::{Coverage, InvalidCoverage, MAX_CHATBOTS, NewSubscription, Subscription, SubscriptionView},
    subscription_change::{All, ChosenChatbots, SubscriptionChange},
    subscription_id::{InvalidSubscriptionId, SubscriptionId},
    zone::{UnknownZone, Zone},
};

#[cfg(test)]
mod tests;
