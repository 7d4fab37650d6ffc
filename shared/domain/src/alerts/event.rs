//! Facts that happened, and how they are told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        chatbot::{ChatbotType, Status},
        name::Name,
    },
    health::{cause::Cause, control::Control},
    ingestion::observer::Observer,
    onboarding::invitation_id::InvitationId,
    releases::Release,
};

/// A fact that happened. Written in the same transaction as what it tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique, and the same however often the fact is told: receivers recognise a repetition by it.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Whether nobody gets a message: it is of no use to anyone, or its owner had enough of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum EventKind {
    /// A chatbot is routed.
    ChatbotOnline {
        /// Which.
        chatbot: Name,
        /// What it was before.
        was: Status,
    },
    /// A chatbot is not routed any more.
    ChatbotOffline {
        /// Which.
        chatbot: Name,
        /// Why.
        cause: Cause,
    },
    /// A chatbot goes up and down so often that its changes are not told one by one.
    ChatbotFlapping {
        /// Which.
        chatbot: Name,
        /// What it is now.
        status: Status,
    },
    /// A chatbot that flapped has not changed for an hour.
    ChatbotSettled {
        /// Which.
        chatbot: Name,
        /// What it is.
        status: Status,
    },
    /// A chatbot would be taken out of routing, if its policy were not a dry run.
    WouldGoOffline {
        /// Which.
        chatbot: Name,
        /// Why.
        cause: Cause,
    },
    /// So many chatbots of a type are Offline already that none is taken out any more.
    CapReached {
        /// The type.
        kind: ChatbotType,
        /// The first that fails and stays routed.
        chatbot: Name,
        /// Why it would have been taken out.
        cause: Cause,
    },
    /// Chatbots of a type are taken out again.
    CapReleased {
        /// The type.
        kind: ChatbotType,
    },
    /// One observer finds a chatbot failing, and others find it well.
    ObserverOutlier {
        /// The chatbot.
        chatbot: Name,
        /// Who stands against the others.
        observer: Observer,
    },
    /// An observer that used to report on a chatbot does not any more. The chatbot is probed.
    ObserverSilent {
        /// The chatbot.
        chatbot: Name,
        /// Who is silent.
        observer: Observer,
    },
    /// A DMR that used to report does not any more.
    DmrSilent {
        /// Which.
        dmr: Name,
        /// When its last report arrived.
        #[serde(rename = "heard")]
        last_seen: Timestamp,
    },
    /// An administrator took a chatbot's status into their own hands.
    ControlSet {
        /// Which.
        chatbot: Name,
        /// What is forced, why, and by whom.
        control: Control,
    },
    /// A chatbot's status follows what is seen again.
    ControlEnded {
        /// Which.
        chatbot: Name,
    },
    /// A component's version was published.
    ReleasePublished {
        /// Which.
        release: Release,
    },
    /// An institution was invited to enrol a chatbot.
    InvitationSent {
        /// By which invitation.
        invitation: InvitationId,
        /// Which.
        institution: Name,
    },
    /// An invitation ended before anybody applied.
    InvitationWithdrawn {
        /// Which.
        invitation: InvitationId,
        /// Whose.
        institution: Name,
    },
    /// An institution applied with its chatbot. An administrator is to decide.
    ApplicationSubmitted {
        /// By which invitation.
        invitation: InvitationId,
        /// Which.
        institution: Name,
        /// What the chatbot is to be called.
        chatbot: Name,
    },
    /// An application was approved: the chatbot is enrolled.
    ApplicationApproved {
        /// By which invitation.
        invitation: InvitationId,
        /// Whose.
        institution: Name,
        /// The chatbot.
        chatbot: Name,
    },
    /// An application was rejected.
    ApplicationRejected {
        /// By which invitation.
        invitation: InvitationId,
        /// Whose.
        institution: Name,
        /// What the chatbot was to be called.
        chatbot: Name,
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
            serde_json::json!({"type": "dmr-silent", "dmr": "tax-board", "heard": "1970-01-01T00:00:00Z"})
        );
    }
}
