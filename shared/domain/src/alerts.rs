//! Alerts: events, and the announcements that notify of them.

pub(crate) mod announcement;
pub(crate) mod event;
pub(crate) mod event_type;
pub(crate) mod view;

pub use self::{
    announcement::{Announcement, Audience},
    event::{Event, EventKind},
    event_type::{EventType, UnknownEventType},
    view::EventView,
};
