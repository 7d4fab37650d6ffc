//! Events: facts about chatbots, the network and onboarding.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{chatbot_type::ChatbotType, name::Name, status::Status, uri::ChatbotUri},
    credentials::{profile::Profile, serial::Serial},
    health::{cause::Cause, control::Control},
    incidents::{incident_id::IncidentId, network_cause::NetworkCause},
    ingestion::observer::Observer,
    onboarding::invitation_id::InvitationId,
    outages::{OutageChange, OutageId},
    releases::Release,
    text::Reason,
};

/// An event. It is written in the same transaction as the change that it reports (transactional outbox).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The unique id. It is the same in every delivery, so that receivers recognise repetitions.
    pub id: String,
    /// The time of the event.
    pub at: Timestamp,
    /// True if nobody is notified: the event needs no action, or its owner has received too many messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// The kind of the event, with its data.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The kind of an event, with its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum EventKind {
    /// A chatbot went online and is routed.
    ChatbotOnline {
        /// The chatbot.
        chatbot: Name,
        /// The status before.
        was: Status,
    },
    /// A chatbot went offline and is not routed.
    ChatbotOffline {
        /// The chatbot.
        chatbot: Name,
        /// The cause.
        cause: Cause,
    },
    /// A chatbot changes its status so often that single changes are no longer announced.
    ChatbotFlapping {
        /// The chatbot.
        chatbot: Name,
        /// The current status.
        status: Status,
    },
    /// A flapping chatbot has not changed for an hour.
    ChatbotSettled {
        /// The chatbot.
        chatbot: Name,
        /// The current status.
        status: Status,
    },
    /// The new address of a chatbot passed its probes: the chatbot is routed to it.
    ChatbotMoved {
        /// The chatbot.
        chatbot: Name,
        /// The address.
        uri: ChatbotUri,
    },
    /// A chatbot belongs to another institution.
    ChatbotTransferred {
        /// The chatbot.
        chatbot: Name,
        /// The institution before.
        from: Name,
        /// The institution.
        to: Name,
    },
    /// A chatbot was removed.
    ChatbotRemoved {
        /// The chatbot.
        chatbot: Name,
    },
    /// A chatbot would be ejected if its policy were not a dry run.
    WouldGoOffline {
        /// The chatbot.
        chatbot: Name,
        /// The cause.
        cause: Cause,
    },
    /// The cap was reached: no chatbot of the type is ejected any more.
    CapReached {
        /// The type.
        kind: ChatbotType,
        /// The first chatbot that fails and stays routed.
        chatbot: Name,
        /// The cause of the suppressed ejection.
        cause: Cause,
    },
    /// Chatbots of the type are ejected again.
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
    /// An observer stopped reporting on a chatbot. The chatbot is probed.
    ObserverSilent {
        /// The chatbot.
        chatbot: Name,
        /// The silent observer.
        observer: Observer,
    },
    /// A DMR stopped reporting.
    DmrSilent {
        /// The DMR.
        dmr: Name,
        /// The time of its last report.
        #[serde(rename = "lastSeen")]
        last_seen: Timestamp,
    },
    /// An administrator set a manual control.
    ControlSet {
        /// The chatbot.
        chatbot: Name,
        /// The control: mode, reason and author.
        control: Control,
    },
    /// The manual control of a chatbot ended.
    ControlEnded {
        /// The chatbot.
        chatbot: Name,
    },
    /// A certificate ends soon, and its holder has no newer one.
    CertificateExpiring {
        /// The profile of the holder.
        profile: Profile,
        /// The name of the holder.
        name: Name,
        /// The serial number.
        serial: Serial,
        /// The end of its validity.
        ends: Timestamp,
    },
    /// A release was published.
    ReleasePublished {
        /// The release.
        release: Release,
    },
    /// A release was withdrawn. It is no longer an update.
    ReleaseWithdrawn {
        /// The release, with its withdrawal.
        release: Release,
    },
    /// An institution was invited.
    InvitationSent {
        /// The invitation.
        invitation: InvitationId,
        /// The institution.
        institution: Name,
    },
    /// An invitation ended before an application was submitted.
    InvitationWithdrawn {
        /// The invitation.
        invitation: InvitationId,
        /// The institution.
        institution: Name,
    },
    /// An institution applied. An administrator has to decide.
    ApplicationSubmitted {
        /// The invitation.
        invitation: InvitationId,
        /// The institution.
        institution: Name,
        /// The name of the proposed chatbot.
        chatbot: Name,
    },
    /// An application was approved and the chatbot enrolled.
    ApplicationApproved {
        /// The invitation.
        invitation: InvitationId,
        /// The institution.
        institution: Name,
        /// The chatbot.
        chatbot: Name,
    },
    /// An application was rejected.
    ApplicationRejected {
        /// The invitation.
        invitation: InvitationId,
        /// The institution.
        institution: Name,
        /// The name of the proposed chatbot.
        chatbot: Name,
    },
    /// A planned outage changed, or comes up.
    PlannedOutage {
        /// The planned outage.
        outage: OutageId,
        /// The institution.
        institution: Name,
        /// The change.
        change: OutageChange,
        /// The start of the occurrence that it is about.
        start: Timestamp,
        /// The end of that occurrence.
        end: Timestamp,
        /// The reason: the work that is done.
        reason: Reason,
    },
    /// Several incidents have a common cause.
    NetworkIncidentOpened {
        /// The network incident.
        incident: IncidentId,
        /// The cause, with its numbers.
        cause: NetworkCause,
    },
    /// A network incident is over.
    NetworkIncidentResolved {
        /// The network incident.
        incident: IncidentId,
        /// The cause, with its numbers.
        cause: NetworkCause,
    },
    /// An acknowledgement ended, and its incident goes on: nobody looks at it any more.
    AcknowledgementLapsed {
        /// The chatbot, which is offline.
        chatbot: Name,
        /// The incident.
        incident: IncidentId,
        /// When the chatbot went offline.
        since: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_round_trip_as_json() {
        let chatbot: Name = "tax-board".parse().expect("a good name");
        for quiet in [false, true] {
            let kind = EventKind::ChatbotOnline { chatbot: chatbot.clone(), was: Status::Offline };
            let event = Event { id: "e-1".into(), at: Timestamp::UNIX_EPOCH, quiet, kind };
            let text = serde_json::to_string(&event).expect("json");
            assert!(text.contains(r#""type":"chatbot-online""#), "{text}");
            assert_eq!(serde_json::from_str::<Event>(&text).expect("as written"), event);
        }
        let kind = EventKind::DmrSilent { dmr: chatbot, last_seen: Timestamp::UNIX_EPOCH };
        let json = serde_json::to_value(kind).expect("json");
        assert_eq!(
            json,
            serde_json::json!({"type": "dmr-silent", "dmr": "tax-board", "lastSeen": "1970-01-01T00:00:00Z"})
        );
    }
}
