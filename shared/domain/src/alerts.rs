//! Alerts: events.

pub(crate) mod event;
pub(crate) mod event_type;
pub(crate) mod view;

pub use self::{
    event::{Event, EventKind},
    event_type::{EventType, UnknownEventType},
    view::EventView,
};
