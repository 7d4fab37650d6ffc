//! PagerDuty: events for the Events API v2.
//!
//! An outage is one alert: it is triggered by its beginning and resolved by its end, both with the same key, which
//! contains the time at which the outage began. The late end of one outage does not resolve the next. Whatever follows
//! on what was told – an end, another outage, flapping – resolves its alert, so that no alert stays open.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    chatbots::{name::Name, status::Status},
    notifications::{
        entry::{Before, Entry, Operational},
        importance::Importance,
        rendering::{
            Renderer,
            cause::{one_line, shortened},
            content::MessageContent,
            details::details,
            document::wording,
            explanation::explanation,
            group::{Group, before, chatbot, dmr, groups},
            headline::headlines,
            json::type_name,
        },
    },
    outages::OutageChange,
};

/// The most characters of a summary.
pub(crate) const MAX_SUMMARY: usize = 1024;
/// The most characters of a key.
pub(crate) const MAX_KEY: usize = 255;

/// An event, without the key of the receiving service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PagerDutyEvent(Value);

impl PagerDutyEvent {
    /// Returns the body of the request, with the integration key of the receiving service.
    #[must_use]
    pub fn body(&self, routing_key: &str) -> String {
        let mut event = self.0.clone();
        // A stored event that is no object is refused by the receiver.
        if let Value::Object(members) = &mut event {
            members.insert("routing_key".to_owned(), json!(routing_key));
        }
        event.to_string()
    }
}

impl Renderer<'_> {
    /// Returns the events of the entries, those of the most important first: one each, and before it the end of the alert
    /// that it supersedes.
    #[must_use]
    pub fn pagerduty(&self, content: &MessageContent) -> Vec<PagerDutyEvent> {
        groups(&content.entries).iter().flat_map(Group::entries).flat_map(|entry| self.events(entry, content)).collect()
    }

    fn events(&self, entry: &Entry, content: &MessageContent) -> Vec<PagerDutyEvent> {
        let own = key(entry, content);
        let superseded = chatbot(entry).zip(before(entry)).map(|(chatbot, before)| key_before(chatbot, before));
        let superseded = superseded.filter(|key| *key != own).map(|key| resolve(&key));
        let event = if is_end(entry) { resolve(&own) } else { self.trigger(entry, &own, content) };
        superseded.into_iter().chain([event]).map(PagerDutyEvent).collect()
    }

    fn trigger(&self, entry: &Entry, key: &str, content: &MessageContent) -> Value {
        let group = Group::of(entry);
        let cells = details(entry, self.words());
        let mut details: Map<_, _> = cells.into_iter().map(|(label, text)| (label.to_owned(), json!(text))).collect();
        let label = self.words().say("Selgitus", "Explanation");
        details.insert(label.to_owned(), json!(explanation(&group, self.words())));
        let subject = chatbot(entry).or_else(|| dmr(entry)).map(Name::as_str);
        let mut event = json!({
            "event_action": "trigger",
            "dedup_key": shortened(key, MAX_KEY),
            "payload": {
                "summary": wording(headlines(&group, self.words()), MAX_SUMMARY),
                "source": subject.unwrap_or("centops"),
                "severity": severity(entry),
                "timestamp": content.at,
                "class": type_name(entry),
                "custom_details": details,
            },
            "client": "CentOps",
        });
        if let Some(name) = subject {
            event["payload"]["component"] = json!(name);
        }
        if let Some(institution) = &content.institution {
            event["payload"]["group"] = json!(institution);
        }
        if let Some(console) = &self.links.console {
            event["client_url"] = json!(console);
        }
        event
    }
}

/// Returns the end of an alert. It needs nothing but the key.
fn resolve(key: &str) -> Value {
    json!({ "event_action": "resolve", "dedup_key": shortened(key, MAX_KEY) })
}

/// Returns whether an entry ends what an earlier one began.
fn is_end(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Online { outage: Some(_), .. }
            | Entry::Settled { status: Status::Online, .. }
            | Entry::PlannedOutage { change: OutageChange::Completed | OutageChange::Cancelled, .. }
            | Entry::Operational(Operational::CapReleased { .. } | Operational::NetworkIncident { is_over: true, .. })
    )
}

/// Returns the severity. Only outages, network incidents and the cap are critical.
fn severity(entry: &Entry) -> &'static str {
    match entry {
        Entry::Offline { .. }
        | Entry::Settled { status: Status::Offline, .. }
        | Entry::Operational(Operational::CapReached { .. } | Operational::NetworkIncident { .. }) => "critical",
        Entry::MovedAway { .. } => "info",
        other => match other.importance() {
            Importance::Info => "info",
            Importance::Warning | Importance::Critical => "warning",
        },
    }
}

/// Returns the key of the alert of an outage.
fn outage_key(chatbot: &Name, began: Timestamp) -> String {
    format!("offline:{chatbot}:{}", began.as_millisecond())
}

/// Returns the key of the alert of what was told before.
fn key_before(chatbot: &Name, before: Before) -> String {
    match before {
        Before::Offline { since } => outage_key(chatbot, since),
        Before::Flapping { .. } => format!("flapping:{chatbot}"),
    }
}

/// Returns the key of the alert that an entry triggers or resolves.
fn key(entry: &Entry, content: &MessageContent) -> String {
    match entry {
        Entry::Offline { chatbot, since, .. } => outage_key(chatbot, *since),
        Entry::Online { chatbot, outage: Some(ended), .. } => outage_key(chatbot, ended.began),
        Entry::Settled { chatbot, status: Status::Offline | Status::Unknown, at, before } => {
            outage_key(chatbot, Before::outage_of_settled(*before, *at))
        }
        Entry::Flapping { chatbot, .. } | Entry::Settled { chatbot, .. } => format!("flapping:{chatbot}"),
        Entry::UpdateAvailable { chatbot, release, .. } => {
            format!("update:{chatbot}:{}:{}", release.component, release.version.get())
        }
        Entry::CertificateExpiring { serial, .. }
        | Entry::Operational(Operational::DmrCertificateExpiring { serial, .. }) => format!("certificate:{serial}"),
        Entry::PlannedOutage { outage, start, .. } => format!("planned:{outage}:{}", start.as_millisecond()),
        Entry::AcknowledgementLapsed { incident, at, .. } => format!("lapsed:{incident}:{}", at.as_millisecond()),
        Entry::SubscriptionFailing { channel, address, .. } => {
            format!("subscription:{}:{}", one_line(channel), one_line(address))
        }
        Entry::Operational(Operational::CapReached { kind, .. } | Operational::CapReleased { kind }) => {
            format!("cap:{}", kind.as_str())
        }
        Entry::Operational(Operational::ObserverOutlier { chatbot, .. }) => format!("outlier:{chatbot}"),
        Entry::Operational(Operational::WouldGoOffline { chatbot, .. }) => format!("would-go-offline:{chatbot}"),
        Entry::Operational(Operational::DmrSilent { dmr, last_seen }) => {
            format!("dmr-silent:{dmr}:{}", last_seen.as_millisecond())
        }
        Entry::Operational(Operational::NetworkIncident { incident, .. }) => format!("incident:{incident}"),
        Entry::Operational(Operational::ApplicationSubmitted { invitation, .. }) => format!("application:{invitation}"),
        Entry::Online { chatbot, .. } | Entry::ShortOutages { chatbot, .. } | Entry::MovedAway { chatbot, .. } => {
            format!("{}:{chatbot}:{}", type_name(entry), content.id)
        }
        Entry::Test => format!("test:{}", content.id),
    }
}
