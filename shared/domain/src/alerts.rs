//! Alerts: events, the announcements that notify of them, and subscriptions.

pub(crate) mod event;
pub(crate) mod subscription;

pub use self::{
    event::{Announcement, Audience, Event, EventKind},
    subscription::{Destination, InvalidEndpoint, Protocol},
};
