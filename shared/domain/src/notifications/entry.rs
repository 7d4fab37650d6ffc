//! Entries: what a message says about one subject.

use jiff::{SignedDuration, Timestamp};
use semver::Version;

use crate::{
    chatbots::{chatbot_type::ChatbotType, name::Name, status::Status},
    credentials::serial::Serial,
    health::cause::Cause,
    incidents::{incident_id::IncidentId, network_cause::NetworkCause},
    ingestion::observer::Observer,
    notifications::notified::{LastNotified, NotifiedStatus},
    onboarding::invitation_id::InvitationId,
    outages::{OutageChange, OutageId},
    releases::Release,
    text::Reason,
};

/// One subject of a message. A message has one or more, at most one about the status of each chatbot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The chatbot is offline.
    Offline {
        /// The chatbot.
        chatbot: Name,
        /// Since when.
        since: Timestamp,
        /// Why.
        cause: Cause,
        /// True if it went offline in a planned outage, which is over.
        after_planned: bool,
        /// The state that was told before.
        before: Option<Before>,
    },
    /// The chatbot is online.
    Online {
        /// The chatbot.
        chatbot: Name,
        /// Since when.
        since: Timestamp,
        /// The outage that ended; none when it is online for the first time.
        outage: Option<Outage>,
        /// The state that was told before.
        before: Option<Before>,
    },
    /// Outages that began and ended before they could be told.
    ShortOutages {
        /// The chatbot, which is online.
        chatbot: Name,
        /// Their number.
        count: usize,
        /// Their length in all.
        total: SignedDuration,
        /// When the last one ended.
        ended: Timestamp,
        /// The state that was told before. An outage that was told is one of them.
        before: Option<Before>,
    },
    /// The chatbot changes its status so often that single changes are not told.
    Flapping {
        /// The chatbot.
        chatbot: Name,
        /// Its status at `at`.
        status: Status,
        /// The time.
        at: Timestamp,
        /// The state that was told before.
        before: Option<Before>,
    },
    /// A chatbot that flapped has not changed for an hour.
    Settled {
        /// The chatbot.
        chatbot: Name,
        /// Its status.
        status: Status,
        /// The time.
        at: Timestamp,
        /// The state that was told before. An outage that was told goes on if the status is not online.
        before: Option<Before>,
    },
    /// The chatbot, which was told to be offline or to flap, belongs to another institution now. This institution hears
    /// nothing more of it.
    MovedAway {
        /// The chatbot.
        chatbot: Name,
        /// The time.
        at: Timestamp,
        /// The state that was told before.
        before: Option<Before>,
    },
    /// An update is available.
    UpdateAvailable {
        /// The chatbot.
        chatbot: Name,
        /// The release.
        release: Release,
        /// The version that the chatbot runs.
        running: Version,
    },
    /// A certificate of a chatbot ends soon, and there is no newer one.
    CertificateExpiring {
        /// The chatbot.
        chatbot: Name,
        /// The serial number.
        serial: Serial,
        /// When it ends.
        ends: Timestamp,
    },
    /// A planned outage of the institution changed, or comes up.
    PlannedOutage {
        /// The planned outage.
        outage: OutageId,
        /// The change.
        change: OutageChange,
        /// The start.
        start: Timestamp,
        /// The end.
        end: Timestamp,
        /// The reason: the work that is done.
        reason: Reason,
    },
    /// The acknowledgement of an incident ended: nobody looks at the outage any more.
    AcknowledgementLapsed {
        /// The chatbot, which is offline.
        chatbot: Name,
        /// The incident.
        incident: IncidentId,
        /// When the chatbot went offline.
        since: Timestamp,
        /// When the acknowledgement ended.
        at: Timestamp,
    },
    /// Another subscription of the institution cannot be delivered to.
    SubscriptionFailing {
        /// The channel's name.
        channel: &'static str,
        /// The address, shortened so that it is no personal data.
        address: String,
        /// The answer of its system.
        error: String,
    },
    /// A test that somebody asked for.
    Test,
    /// For administrators.
    Operational(Operational),
}

/// The state that the last message about a chatbot told, if it has to end. Receivers which keep alerts
/// resolve the one of that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It is offline.
    Offline {
        /// When the outage began.
        since: Timestamp,
    },
    /// It flaps.
    Flapping {
        /// Since when.
        since: Timestamp,
    },
}

impl Before {
    /// Returns what was told of a chatbot before; none if nothing, or that it is online.
    pub(crate) fn of(told: Option<&NotifiedStatus>) -> Option<Self> {
        let NotifiedStatus { status, since, .. } = *told?;
        match status {
            LastNotified::Online => None,
            LastNotified::Offline => Some(Self::Offline { since }),
            LastNotified::Flapping => Some(Self::Flapping { since }),
        }
    }

    /// Returns when the outage of a chatbot began that settled at `at` and is not online. An outage that was told goes
    /// on, whatever the chatbot did meanwhile: it is one alert, with one end.
    pub(crate) fn outage_of_settled(before: Option<Self>, at: Timestamp) -> Timestamp {
        match before {
            Some(Self::Offline { since }) => since,
            Some(Self::Flapping { .. }) | None => at,
        }
    }
}

/// An outage that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

/// A subject for administrators, about the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operational {
    /// A chatbot would be taken out if its policy were not a dry run.
    WouldGoOffline {
        /// The chatbot.
        chatbot: Name,
        /// Why.
        cause: Cause,
    },
    /// The cap was reached: no chatbot of the type is taken out any more.
    CapReached {
        /// The type.
        kind: ChatbotType,
        /// The first chatbot that fails and stays routed.
        chatbot: Name,
        /// Why it fails.
        cause: Cause,
    },
    /// Chatbots of the type are taken out again.
    CapReleased {
        /// The type.
        kind: ChatbotType,
    },
    /// One observer finds a chatbot failing, and the others do not.
    ObserverOutlier {
        /// The chatbot.
        chatbot: Name,
        /// The outlier.
        observer: Observer,
    },
    /// A DMR stopped reporting.
    DmrSilent {
        /// The DMR.
        dmr: Name,
        /// When its last report arrived.
        last_seen: Timestamp,
    },
    /// A certificate of a DMR ends soon, and there is no newer one.
    DmrCertificateExpiring {
        /// The DMR.
        dmr: Name,
        /// The serial number.
        serial: Serial,
        /// When it ends.
        ends: Timestamp,
    },
    /// Several incidents have a common cause, or the last of them is over.
    NetworkIncident {
        /// The network incident.
        incident: IncidentId,
        /// The cause, with its numbers.
        cause: NetworkCause,
        /// True if it is over.
        is_over: bool,
    },
    /// An institution applied. An administrator has to decide.
    ApplicationSubmitted {
        /// The invitation.
        invitation: InvitationId,
        /// The institution.
        institution: Name,
        /// The proposed chatbot.
        chatbot: Name,
    },
}
