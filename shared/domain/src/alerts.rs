//! Alerts: events, the announcements that notify of them, and subscriptions.

pub(crate) mod announcement;
pub(crate) mod event;
pub(crate) mod subscription;

pub use self::{
    announcement::{Announcement, Audience},
    event::{Event, EventKind},
    subscription::{Destination, InvalidEndpoint, Protocol},
};
