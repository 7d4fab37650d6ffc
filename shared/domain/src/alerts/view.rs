//! The API representation of events.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    alerts::event::{Event, EventKind},
    chatbots::{chatbot_type::ChatbotType, name::Name},
    health::view::{CauseView, ControlView},
};

/// An event with its data, discriminated by `type`.
#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    id: String,
    at: Timestamp,
    /// True if nobody was notified.
    quiet: bool,
    #[serde(flatten)]
    data: Data,
}

/// The data of an event.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Data {
    Shown(ShownKind),
    /// A kind whose data are in the format of the API as they are stored.
    Stored(EventKind),
}

/// The kinds of events whose data are stored in another format than that of the API.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum ShownKind {
    ChatbotOffline { chatbot: Name, cause: CauseView },
    WouldGoOffline { chatbot: Name, cause: CauseView },
    CapReached { chatbot_type: ChatbotType, chatbot: Name, cause: CauseView },
    CapReleased { chatbot_type: ChatbotType },
    ControlSet { chatbot: Name, control: ControlView },
}

impl EventView {
    /// Returns the representation of `event`.
    #[must_use]
    pub fn new(event: Event) -> Self {
        let Event { id, at, quiet, kind } = event;
        Self { id, at, quiet, data: Data::new(kind) }
    }

    /// Returns the representation without the author of a control, as [`HealthView::without_persons`] does.
    ///
    /// [`HealthView::without_persons`]: crate::health::HealthView::without_persons
    #[must_use]
    pub fn without_persons(self) -> Self {
        let data = match self.data {
            Data::Shown(ShownKind::ControlSet { chatbot, control }) => {
                Data::Shown(ShownKind::ControlSet { chatbot, control: control.without_persons() })
            }
            other => other,
        };
        Self { data, ..self }
    }
}

impl Data {
    /// Returns the data of an event of `kind`. A new kind is added to one of the two groups: one that names a person must
    /// not be shown as it is stored.
    fn new(kind: EventKind) -> Self {
        Self::Shown(match kind {
            EventKind::ChatbotOffline { chatbot, cause } => {
                ShownKind::ChatbotOffline { chatbot, cause: CauseView::new(&cause) }
            }
            EventKind::WouldGoOffline { chatbot, cause } => {
                ShownKind::WouldGoOffline { chatbot, cause: CauseView::new(&cause) }
            }
            EventKind::CapReached { kind, chatbot, cause } => {
                ShownKind::CapReached { chatbot_type: kind, chatbot, cause: CauseView::new(&cause) }
            }
            EventKind::CapReleased { kind } => ShownKind::CapReleased { chatbot_type: kind },
            EventKind::ControlSet { chatbot, control } => {
                ShownKind::ControlSet { chatbot, control: ControlView::new(&control) }
            }
            kind @ (EventKind::ChatbotOnline { .. }
            | EventKind::ChatbotFlapping { .. }
            | EventKind::ChatbotSettled { .. }
            | EventKind::ChatbotMoved { .. }
            | EventKind::ChatbotTransferred { .. }
            | EventKind::ChatbotRemoved { .. }
            | EventKind::ObserverOutlier { .. }
            | EventKind::ObserverSilent { .. }
            | EventKind::DmrSilent { .. }
            | EventKind::ControlEnded { .. }
            | EventKind::CertificateExpiring { .. }
            | EventKind::ReleasePublished { .. }
            | EventKind::ReleaseWithdrawn { .. }
            | EventKind::InvitationSent { .. }
            | EventKind::InvitationWithdrawn { .. }
            | EventKind::ApplicationSubmitted { .. }
            | EventKind::ApplicationApproved { .. }
            | EventKind::ApplicationRejected { .. }
            | EventKind::PlannedOutage { .. }
            | EventKind::NetworkIncidentOpened { .. }
            | EventKind::NetworkIncidentResolved { .. }
            | EventKind::AcknowledgementLapsed { .. }) => return Self::Stored(kind),
        })
    }
}

#[cfg(test)]
mod tests;
