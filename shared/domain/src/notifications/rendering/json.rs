//! JSON: the body for SNS (https, SQS) and for webhooks.
//! `docs/notification-json.md` describes the body to receivers.

use serde_json::{Map, Value, json};

use crate::notifications::{
    entry::{Entry, Operational},
    importance::Importance,
    rendering::{
        Renderer,
        cause::{one_line, sentence},
        content::MessageContent,
        group::{cause, chatbot, dmr},
        limits::{MAX_JSON, largest},
        words::Words,
    },
};

impl Renderer<'_> {
    /// Returns the JSON body of `content`: fewer than 20,000 bytes.
    #[must_use]
    pub fn json(&self, content: &MessageContent) -> String {
        let highest = content.entries.iter().map(Entry::importance).max().unwrap_or(Importance::Info);
        let render = |most| {
            let document = self.document(content, most);
            let entries = document.sections.iter().flat_map(|section| &section.entries);
            let entries: Vec<_> = entries.map(|entry| entry_value(entry, self.words())).collect();
            json!({
                "id": content.id.to_string(),
                "at": content.at,
                "institution": content.institution,
                "importance": highest,
                "language": self.language.as_str(),
                "subject": document.subject,
                "text": self.text(&document),
                "commonCauses": content.common_causes,
                "entries": entries,
                "omitted": document.omitted_count,
            })
            .to_string()
        };
        largest(content.entries.len(), render, |body| body.len() <= MAX_JSON)
    }
}

/// Returns the type of an entry as in JSON.
pub(crate) fn type_name(entry: &Entry) -> &'static str {
    match entry {
        Entry::Offline { .. } => "chatbot-offline",
        Entry::Online { .. } => "chatbot-online",
        Entry::ShortOutages { .. } => "short-outages",
        Entry::Flapping { .. } => "chatbot-flapping",
        Entry::Settled { .. } => "chatbot-settled",
        Entry::MovedAway { .. } => "chatbot-moved-away",
        Entry::UpdateAvailable { .. } => "update-available",
        Entry::CertificateExpiring { .. } => "certificate-expiring",
        Entry::PlannedOutage { .. } => "planned-outage",
        Entry::AcknowledgementLapsed { .. } => "acknowledgement-lapsed",
        Entry::SubscriptionFailing { .. } => "subscription-failing",
        Entry::Test => "test",
        Entry::Operational(operational) => match operational {
            Operational::WouldGoOffline { .. } => "would-go-offline",
            Operational::CapReached { .. } => "cap-reached",
            Operational::CapReleased { .. } => "cap-released",
            Operational::ObserverOutlier { .. } => "observer-outlier",
            Operational::DmrSilent { .. } => "dmr-silent",
            Operational::NetworkIncident { is_over: false, .. } => "network-incident-opened",
            Operational::NetworkIncident { is_over: true, .. } => "network-incident-resolved",
            Operational::DmrCertificateExpiring { .. } => "dmr-certificate-expiring",
            Operational::ApplicationSubmitted { .. } => "application-submitted",
        },
    }
}

fn entry_value(entry: &Entry, words: Words) -> Value {
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| {
        members.insert(key.to_owned(), value);
    };
    put("type", json!(type_name(entry)));
    put("importance", json!(entry.importance()));
    if let Some(chatbot) = chatbot(entry) {
        put("chatbot", json!(chatbot));
    }
    if let Some(dmr) = dmr(entry) {
        put("dmr", json!(dmr));
    }
    if let Some(cause) = cause(entry) {
        put("cause", json!(sentence(cause, words)));
    }
    if let Value::Object(specific) = specific(entry) {
        members.extend(specific);
    }
    Value::Object(members)
}

/// Returns the members that only entries of this type have.
fn specific(entry: &Entry) -> Value {
    match entry {
        Entry::Offline { since, after_planned: true, .. } => json!({ "since": since, "afterPlannedOutage": true }),
        Entry::Offline { since, .. } => json!({ "since": since }),
        Entry::PlannedOutage { outage, change, start, end, reason } => {
            json!({ "outage": outage, "change": change, "start": start, "end": end, "reason": one_line(reason.as_str()) })
        }
        Entry::AcknowledgementLapsed { incident, since, at, .. } => {
            json!({ "incident": incident, "since": since, "at": at })
        }
        Entry::Online { since, outage, .. } => match outage {
            Some(outage) => json!({ "since": since, "outage": { "began": outage.began, "ended": outage.ended } }),
            None => json!({ "since": since }),
        },
        Entry::ShortOutages { count, total, ended, .. } => {
            json!({ "count": count, "totalSeconds": total.as_secs(), "ended": ended })
        }
        Entry::Flapping { status, at, .. } | Entry::Settled { status, at, .. } => json!({ "status": status, "at": at }),
        Entry::MovedAway { at, .. } => json!({ "at": at }),
        Entry::UpdateAvailable { release, running, .. } => json!({
            "component": release.component,
            "version": release.version,
            "severity": release.severity,
            "publishedAt": release.published_at,
            "running": running,
        }),
        Entry::CertificateExpiring { serial, ends, .. }
        | Entry::Operational(Operational::DmrCertificateExpiring { serial, ends, .. }) => {
            json!({ "serial": serial, "ends": ends })
        }
        Entry::SubscriptionFailing { channel, address, error } => {
            json!({ "channel": one_line(channel), "address": one_line(address), "error": one_line(error) })
        }
        Entry::Operational(Operational::CapReached { kind, .. } | Operational::CapReleased { kind }) => {
            json!({ "chatbotType": kind })
        }
        Entry::Operational(Operational::ObserverOutlier { observer, .. }) => json!({ "observer": observer }),
        Entry::Operational(Operational::DmrSilent { last_seen, .. }) => json!({ "lastSeen": last_seen }),
        Entry::Operational(Operational::NetworkIncident { incident, cause, .. }) => {
            json!({ "incident": incident, "commonCause": cause })
        }
        Entry::Operational(Operational::ApplicationSubmitted { invitation, institution, .. }) => {
            json!({ "invitation": invitation, "institution": institution })
        }
        Entry::Test | Entry::Operational(Operational::WouldGoOffline { .. }) => Value::Null,
    }
}
