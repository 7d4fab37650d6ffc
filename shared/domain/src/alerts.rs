//! Alerts: events, the announcements that notify of them, and subscriptions.

pub(crate) mod announcement;
pub(crate) mod event;
pub(crate) mod event_type;
pub(crate) mod subscription;
pub(crate) mod view;

pub use self::{
    announcement::{Announcement, Audience},
    event::{Event, EventKind},
    event_type::{EventType, UnknownEventType},
    subscription::{Destination, InvalidEndpoint, Protocol},
    view::EventView,
};
