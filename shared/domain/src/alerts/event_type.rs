//! Types of events, for filters of lists.

use std::str::FromStr;

use crate::alerts::event::EventKind;

/// The type of an event: its kind without the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// A chatbot went online and is routed.
    ChatbotOnline,
    /// A chatbot went offline and is not routed.
    ChatbotOffline,
    /// A chatbot changes its status so often that single changes are no longer announced.
    ChatbotFlapping,
    /// A flapping chatbot has not changed for an hour.
    ChatbotSettled,
    /// The new address of a chatbot passed its probes: the chatbot is routed to it.
    ChatbotMoved,
    /// It belongs to another institution.
    ChatbotTransferred,
    /// A chatbot was removed.
    ChatbotRemoved,
    /// A chatbot would be ejected if its policy were not a dry run.
    WouldGoOffline,
    /// The cap was reached: no chatbot of the type is ejected any more.
    CapReached,
    /// Chatbots of the type are ejected again.
    CapReleased,
    /// One observer finds a chatbot failing, and the others do not.
    ObserverOutlier,
    /// An observer stopped reporting on a chatbot. The chatbot is probed.
    ObserverSilent,
    /// A DMR stopped reporting.
    DmrSilent,
    /// An administrator set a manual control.
    ControlSet,
    /// The manual control of a chatbot ended.
    ControlEnded,
    /// A certificate ends soon, and its holder has no newer one.
    CertificateExpiring,
    /// A release was published.
    ReleasePublished,
    /// A release was withdrawn. It is no longer an update.
    ReleaseWithdrawn,
    /// An institution was invited.
    InvitationSent,
    /// An invitation ended before an application was submitted.
    InvitationWithdrawn,
    /// An institution applied. An administrator has to decide.
    ApplicationSubmitted,
    /// An application was approved and the chatbot enrolled.
    ApplicationApproved,
    /// An application was rejected.
    ApplicationRejected,
    /// A planned outage changed, or comes up.
    PlannedOutage,
    /// Several incidents have a common cause.
    NetworkIncidentOpened,
    /// A network incident is over.
    NetworkIncidentResolved,
    /// An acknowledgement ended, and its incident goes on.
    AcknowledgementLapsed,
}

/// A text that is not a type of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a type of events")]
pub struct UnknownEventType;

impl EventType {
    /// Every type.
    pub const ALL: [Self; 27] = [
        Self::ChatbotOnline,
        Self::ChatbotOffline,
        Self::ChatbotFlapping,
        Self::ChatbotSettled,
        Self::ChatbotMoved,
        Self::ChatbotTransferred,
        Self::ChatbotRemoved,
        Self::WouldGoOffline,
        Self::CapReached,
        Self::CapReleased,
        Self::ObserverOutlier,
        Self::ObserverSilent,
        Self::DmrSilent,
        Self::ControlSet,
        Self::ControlEnded,
        Self::CertificateExpiring,
        Self::ReleasePublished,
        Self::ReleaseWithdrawn,
        Self::InvitationSent,
        Self::InvitationWithdrawn,
        Self::ApplicationSubmitted,
        Self::ApplicationApproved,
        Self::ApplicationRejected,
        Self::PlannedOutage,
        Self::NetworkIncidentOpened,
        Self::NetworkIncidentResolved,
        Self::AcknowledgementLapsed,
    ];

    /// Returns the type as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChatbotOnline => "chatbot-online",
            Self::ChatbotOffline => "chatbot-offline",
            Self::ChatbotFlapping => "chatbot-flapping",
            Self::ChatbotSettled => "chatbot-settled",
            Self::ChatbotMoved => "chatbot-moved",
            Self::ChatbotTransferred => "chatbot-transferred",
            Self::ChatbotRemoved => "chatbot-removed",
            Self::WouldGoOffline => "would-go-offline",
            Self::CapReached => "cap-reached",
            Self::CapReleased => "cap-released",
            Self::ObserverOutlier => "observer-outlier",
            Self::ObserverSilent => "observer-silent",
            Self::DmrSilent => "dmr-silent",
            Self::ControlSet => "control-set",
            Self::ControlEnded => "control-ended",
            Self::CertificateExpiring => "certificate-expiring",
            Self::ReleasePublished => "release-published",
            Self::ReleaseWithdrawn => "release-withdrawn",
            Self::InvitationSent => "invitation-sent",
            Self::InvitationWithdrawn => "invitation-withdrawn",
            Self::ApplicationSubmitted => "application-submitted",
            Self::ApplicationApproved => "application-approved",
            Self::ApplicationRejected => "application-rejected",
            Self::PlannedOutage => "planned-outage",
            Self::NetworkIncidentOpened => "network-incident-opened",
            Self::NetworkIncidentResolved => "network-incident-resolved",
            Self::AcknowledgementLapsed => "acknowledgement-lapsed",
        }
    }
}

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, UnknownEventType> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownEventType)
    }
}

impl From<&EventKind> for EventType {
    fn from(kind: &EventKind) -> Self {
        match kind {
            EventKind::ChatbotOnline { .. } => Self::ChatbotOnline,
            EventKind::ChatbotOffline { .. } => Self::ChatbotOffline,
            EventKind::ChatbotFlapping { .. } => Self::ChatbotFlapping,
            EventKind::ChatbotSettled { .. } => Self::ChatbotSettled,
            EventKind::ChatbotMoved { .. } => Self::ChatbotMoved,
            EventKind::ChatbotTransferred { .. } => Self::ChatbotTransferred,
            EventKind::ChatbotRemoved { .. } => Self::ChatbotRemoved,
            EventKind::WouldGoOffline { .. } => Self::WouldGoOffline,
            EventKind::CapReached { .. } => Self::CapReached,
            EventKind::CapReleased { .. } => Self::CapReleased,
            EventKind::ObserverOutlier { .. } => Self::ObserverOutlier,
            EventKind::ObserverSilent { .. } => Self::ObserverSilent,
            EventKind::DmrSilent { .. } => Self::DmrSilent,
            EventKind::ControlSet { .. } => Self::ControlSet,
            EventKind::ControlEnded { .. } => Self::ControlEnded,
            EventKind::CertificateExpiring { .. } => Self::CertificateExpiring,
            EventKind::ReleasePublished { .. } => Self::ReleasePublished,
            EventKind::ReleaseWithdrawn { .. } => Self::ReleaseWithdrawn,
            EventKind::InvitationSent { .. } => Self::InvitationSent,
            EventKind::InvitationWithdrawn { .. } => Self::InvitationWithdrawn,
            EventKind::ApplicationSubmitted { .. } => Self::ApplicationSubmitted,
            EventKind::ApplicationApproved { .. } => Self::ApplicationApproved,
            EventKind::ApplicationRejected { .. } => Self::ApplicationRejected,
            EventKind::PlannedOutage { .. } => Self::PlannedOutage,
            EventKind::NetworkIncidentOpened { .. } => Self::NetworkIncidentOpened,
            EventKind::NetworkIncidentResolved { .. } => Self::NetworkIncidentResolved,
            EventKind::AcknowledgementLapsed { .. } => Self::AcknowledgementLapsed,
        }
    }
}
