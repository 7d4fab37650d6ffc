//! Topics: what an event, or an entry of a message, is about. The importance follows from it.

use semver::Version;

use crate::{
    alerts::event::EventKind,
    chatbots::{name::Name, status::Status},
    credentials::profile::Profile,
    notifications::{
        entry::{Entry, Operational},
        importance::Importance,
    },
    outages::OutageChange,
    releases::{Release, Severity},
};

/// The topic of an event or an entry. Messages group their entries by topic: those of one importance in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic<'a> {
    CapReached,
    CapReleased,
    Offline,
    OfflineAfterPlanned,
    AcknowledgementLapsed,
    DmrSilent,
    NetworkIncident,
    NetworkIncidentOver,
    Online,
    Update { component: &'a Name, version: &'a Version, severity: Severity },
    MovedAway,
    Flapping,
    WouldGoOffline,
    ObserverOutlier,
    CertificateExpiring,
    DmrCertificateExpiring,
    SubscriptionFailing,
    PlannedOutage(OutageChange),
    FirstOnline,
    Settled,
    ShortOutages,
    ApplicationSubmitted,
    Test,
}

impl<'a> Topic<'a> {
    /// Returns the topic of an event; none if nobody is notified of it.
    pub(crate) fn of_event(event: &'a EventKind) -> Option<Self> {
        Some(match event {
            EventKind::ChatbotOnline { was: Status::Unknown, .. } => Self::FirstOnline,
            EventKind::ChatbotOnline { .. } => Self::Online,
            EventKind::ChatbotOffline { .. } => Self::Offline,
            EventKind::ChatbotFlapping { .. } => Self::Flapping,
            EventKind::ChatbotSettled { .. } => Self::Settled,
            EventKind::CertificateExpiring { profile: Profile::Chatbot, .. } => Self::CertificateExpiring,
            EventKind::CertificateExpiring { .. } => Self::DmrCertificateExpiring,
            EventKind::ReleasePublished { release } => Self::of_release(release),
            EventKind::WouldGoOffline { .. } => Self::WouldGoOffline,
            EventKind::CapReached { .. } => Self::CapReached,
            EventKind::CapReleased { .. } => Self::CapReleased,
            EventKind::ObserverOutlier { .. } => Self::ObserverOutlier,
            EventKind::DmrSilent { .. } => Self::DmrSilent,
            EventKind::NetworkIncidentOpened { .. } => Self::NetworkIncident,
            EventKind::NetworkIncidentResolved { .. } => Self::NetworkIncidentOver,
            EventKind::ApplicationSubmitted { .. } => Self::ApplicationSubmitted,
            EventKind::PlannedOutage { change, .. } => Self::PlannedOutage(*change),
            EventKind::AcknowledgementLapsed { .. } => Self::AcknowledgementLapsed,
            EventKind::ChatbotMoved { .. }
            | EventKind::ChatbotTransferred { .. }
            | EventKind::ChatbotRemoved { .. }
            | EventKind::ObserverSilent { .. }
            | EventKind::ControlSet { .. }
            | EventKind::ControlEnded { .. }
            | EventKind::ReleaseWithdrawn { .. }
            | EventKind::InvitationSent { .. }
            | EventKind::InvitationWithdrawn { .. }
            | EventKind::ApplicationApproved { .. }
            | EventKind::ApplicationRejected { .. } => return None,
        })
    }

    /// Returns the topic of a release.
    pub(crate) fn of_release(release: &'a Release) -> Self {
        Self::Update { component: &release.component, version: release.version.get(), severity: release.severity }
    }

    /// Returns the topic of an entry.
    pub(crate) fn of_entry(entry: &'a Entry) -> Self {
        match entry {
            Entry::Offline { after_planned: true, .. } => Self::OfflineAfterPlanned,
            Entry::Offline { .. } => Self::Offline,
            Entry::PlannedOutage { change, .. } => Self::PlannedOutage(*change),
            Entry::AcknowledgementLapsed { .. } => Self::AcknowledgementLapsed,
            Entry::Online { outage: Some(_), .. } => Self::Online,
            Entry::Online { outage: None, .. } => Self::FirstOnline,
            Entry::ShortOutages { .. } => Self::ShortOutages,
            Entry::Flapping { .. } => Self::Flapping,
            Entry::Settled { .. } => Self::Settled,
            Entry::MovedAway { .. } => Self::MovedAway,
            Entry::UpdateAvailable { release, .. } => Self::of_release(release),
            Entry::CertificateExpiring { .. } => Self::CertificateExpiring,
            Entry::SubscriptionFailing { .. } => Self::SubscriptionFailing,
            Entry::Test => Self::Test,
            Entry::Operational(operational) => match operational {
                Operational::WouldGoOffline { .. } => Self::WouldGoOffline,
                Operational::CapReached { .. } => Self::CapReached,
                Operational::CapReleased { .. } => Self::CapReleased,
                Operational::ObserverOutlier { .. } => Self::ObserverOutlier,
                Operational::DmrSilent { .. } => Self::DmrSilent,
                Operational::NetworkIncident { is_over: false, .. } => Self::NetworkIncident,
                Operational::NetworkIncident { is_over: true, .. } => Self::NetworkIncidentOver,
                Operational::DmrCertificateExpiring { .. } => Self::DmrCertificateExpiring,
                Operational::ApplicationSubmitted { .. } => Self::ApplicationSubmitted,
            },
        }
    }

    /// Returns whether it concerns the administrators, and not the owners of a chatbot.
    pub(crate) fn is_operational(self) -> bool {
        matches!(
            self,
            Self::WouldGoOffline
                | Self::CapReached
                | Self::CapReleased
                | Self::ObserverOutlier
                | Self::DmrSilent
                | Self::NetworkIncident
                | Self::NetworkIncidentOver
                | Self::DmrCertificateExpiring
                | Self::ApplicationSubmitted
        )
    }

    /// Returns the importance. An end has the importance of what it ends.
    pub(crate) fn importance(self) -> Importance {
        match self {
            Self::Offline
            | Self::OfflineAfterPlanned
            | Self::AcknowledgementLapsed
            | Self::Online
            | Self::MovedAway
            | Self::CapReached
            | Self::CapReleased
            | Self::DmrSilent
            | Self::NetworkIncident
            | Self::NetworkIncidentOver => Importance::Critical,
            Self::Update { severity, .. } => match severity {
                Severity::Optional => Importance::Info,
                Severity::Mandatory => Importance::Warning,
                Severity::Critical => Importance::Critical,
            },
            Self::PlannedOutage(OutageChange::Overrun)
            | Self::Flapping
            | Self::WouldGoOffline
            | Self::ObserverOutlier
            | Self::CertificateExpiring
            | Self::DmrCertificateExpiring
            | Self::SubscriptionFailing => Importance::Warning,
            Self::PlannedOutage(_)
            | Self::FirstOnline
            | Self::Settled
            | Self::ShortOutages
            | Self::ApplicationSubmitted
            | Self::Test => Importance::Info,
        }
    }
}

impl Entry {
    /// Returns the importance. News of an end has the importance of what it ends.
    #[must_use]
    pub fn importance(&self) -> Importance {
        Topic::of_entry(self).importance()
    }
}
