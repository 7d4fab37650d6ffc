//! The report about silence: of whom nothing was heard for long.

use jiff::{SignedDuration, Timestamp};

use crate::{
    chatbots::{chatbot::Chatbot, name::Name, status::Status},
    notifications::{Channel, EndedBy, State, Subscription},
};

/// The time without a sign after which something is silent.
pub const SILENCE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The time in which an address counts that nobody confirmed: a month, and no month is left out.
const UNCONFIRMED: SignedDuration = SignedDuration::from_hours(31 * 24);

/// The stored facts of the whole network, for the report about silence.
#[derive(Clone, Debug, Default)]
pub struct SilenceFacts {
    /// The chatbots, and when each was last heard.
    pub chatbots: Vec<(Chatbot, Option<Timestamp>)>,
    /// The registered DMRs: when each was registered, and when it last reported.
    pub dmrs: Vec<(Name, Timestamp, Option<Timestamp>)>,
    /// The subscriptions of all institutions.
    pub subscriptions: Vec<Subscription>,
}

/// A chatbot of which nothing was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentChatbot {
    /// The name.
    pub name: Name,
    /// The institution.
    pub institution: Name,
    /// The status.
    pub status: Status,
    /// When it was last heard.
    pub last_heard: Option<Timestamp>,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
}

/// A DMR that did not report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentDmr {
    /// The name.
    pub name: Name,
    /// When it last reported.
    pub last_heard: Option<Timestamp>,
}

/// A subscription that ended without a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconfirmed {
    /// The institution; none is the operations centre.
    pub institution: Option<Name>,
    /// The channel.
    pub channel: Channel,
    /// The address, masked.
    pub address: String,
    /// When it was requested.
    pub created_at: Timestamp,
}

/// The report about silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceReport {
    /// When it was made.
    pub made_at: Timestamp,
    /// Silent, but routed: they answer probes.
    pub answering: Vec<SilentChatbot>,
    /// Silent and not routed.
    pub out: Vec<SilentChatbot>,
    /// Never heard since their enrolment.
    pub never: Vec<SilentChatbot>,
    /// The silent DMRs.
    pub dmrs: Vec<SilentDmr>,
    /// The addresses that nobody confirmed in the last month.
    pub unconfirmed: Vec<Unconfirmed>,
}

impl SilenceReport {
    /// Returns the report of `facts`, made at `now`. What is newer than [`SILENCE`] is not silent yet.
    #[must_use]
    pub fn new(facts: SilenceFacts, now: Timestamp) -> Self {
        let is_silent = |since: Timestamp| now.duration_since(since) >= SILENCE;
        let mut report =
            Self { made_at: now, answering: vec![], out: vec![], never: vec![], dmrs: vec![], unconfirmed: vec![] };
        for (chatbot, last_heard) in facts.chatbots {
            let (status, enrolled_at) = (chatbot.status, chatbot.created_at);
            if !is_silent(last_heard.unwrap_or(enrolled_at)) {
                continue;
            }
            let group = match (last_heard, status) {
                (None, _) => &mut report.never,
                (Some(_), Status::Online) => &mut report.answering,
                (Some(_), Status::Offline | Status::Unknown) => &mut report.out,
            };
            let Chatbot { name, institution, .. } = chatbot;
            group.push(SilentChatbot { name, institution, status, last_heard, enrolled_at });
        }
        for (name, registered_at, last_heard) in facts.dmrs {
            if is_silent(last_heard.unwrap_or(registered_at)) {
                report.dmrs.push(SilentDmr { name, last_heard });
            }
        }
        report.unconfirmed.extend(facts.subscriptions.iter().filter_map(|one| unconfirmed(one, now)));
        report
    }
}

fn unconfirmed(subscription: &Subscription, now: Timestamp) -> Option<Unconfirmed> {
    let State::Ended { since, by: EndedBy::Unconfirmed } = subscription.state.at(now) else { return None };
    (now.duration_since(since) < UNCONFIRMED).then(|| Unconfirmed {
        institution: subscription.coverage.institution().cloned(),
        channel: subscription.address.channel(),
        address: subscription.address.masked(),
        created_at: subscription.created_at,
    })
}
