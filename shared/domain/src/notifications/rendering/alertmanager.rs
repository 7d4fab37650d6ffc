//! Alertmanager: the body that its webhook receiver sends, version 4, for systems that take it.
//!
//! An alert is identified by its labels, of which the fingerprint is a digest. The end of an outage has the labels of its
//! beginning.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    chatbots::status::Status,
    notifications::{
        entry::{Before, Entry, Operational},
        importance::Importance,
        rendering::{
            Renderer,
            cause::one_line,
            content::MessageContent,
            details::details,
            document::wording,
            explanation::explanation,
            group::{Group, before, chatbot, dmr},
            headline::headlines,
            limits::{MAX_ALERTMANAGER, largest},
        },
    },
    outages::OutageChange,
};

/// The end of an alert that fires: the zero time of Go, as Alertmanager sends it.
const NO_END: &str = "0001-01-01T00:00:00Z";

type Labels = BTreeMap<&'static str, String>;

/// The state of an alert.
struct State {
    name: &'static str,
    severity: &'static str,
    starts: Timestamp,
    ends: Option<Timestamp>,
}

impl Renderer<'_> {
    /// Returns the Alertmanager body of `content`: at most 280,000 bytes, which [`MAX_EVENTS`](super::body::MAX_EVENTS)
    /// entries do not reach.
    #[must_use]
    pub fn alertmanager(&self, content: &MessageContent) -> String {
        let render = |most| {
            let document = self.document(content, most);
            let entries: Vec<_> =
                document.sections.iter().flat_map(|section| section.entries.iter().copied()).collect();
            self.alertmanager_body(&entries, document.omitted_count, content).to_string()
        };
        largest(content.entries.len(), render, |body| body.len() <= MAX_ALERTMANAGER)
    }

    fn alertmanager_body(&self, entries: &[&Entry], omitted: usize, content: &MessageContent) -> Value {
        let console = self.links.console.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut all_labels = vec![];
        let mut alerts = vec![];
        let mut firing = false;
        for entry in entries {
            for state in states(entry, content) {
                let labels = labels(&state, entry, content);
                firing |= state.ends.is_none();
                alerts.push(self.alert(&state, entry, &labels, &console));
                all_labels.push(labels);
            }
        }
        let group: Labels = content.institution.iter().map(|name| ("institution", name.to_string())).collect();
        let group_key = group.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect::<Vec<_>>();
        json!({
            "version": "4",
            "groupKey": format!("{{}}:{{{}}}", group_key.join(",")),
            "truncatedAlerts": omitted,
            "status": if firing { "firing" } else { "resolved" },
            "receiver": "centops",
            "groupLabels": group,
            "commonLabels": common(&all_labels),
            "commonAnnotations": {},
            "externalURL": console,
            "alerts": alerts,
        })
    }

    fn alert(&self, state: &State, entry: &Entry, labels: &Labels, console: &str) -> Value {
        let words = self.words();
        let group = Group::of(entry);
        let cells = details(entry, words);
        let cells = cells.iter().map(|(label, text)| format!("{label}: {text}"));
        let description = cells.chain([explanation(&group, words)]).collect::<Vec<_>>().join("\n");
        json!({
            "status": if state.ends.is_none() { "firing" } else { "resolved" },
            "labels": labels,
            "annotations": { "summary": wording(headlines(&group, words), usize::MAX), "description": description },
            "startsAt": state.starts,
            "endsAt": state.ends.map_or_else(|| NO_END.to_owned(), |ends| ends.to_string()),
            "generatorURL": console,
            "fingerprint": fingerprint(labels),
        })
    }
}

fn outage(starts: Timestamp, ends: Option<Timestamp>) -> State {
    State { name: "ChatbotOffline", severity: "critical", starts, ends }
}

fn flapping(starts: Timestamp, ends: Option<Timestamp>) -> State {
    State { name: "ChatbotFlapping", severity: "warning", starts, ends }
}

/// Returns the alerts of an entry and their states. One that was told before and that the entry does not repeat has ended.
fn states(entry: &Entry, content: &MessageContent) -> Vec<State> {
    let mut states = own_states(entry, content);
    let ended = before(entry).map(|before| match before {
        Before::Offline { since } => outage(since, Some(time(entry, content))),
        Before::Flapping { since } => flapping(since, Some(time(entry, content))),
    });
    states.extend(ended.filter(|ended| states.iter().all(|state| state.name != ended.name)));
    states
}

/// Returns the alerts of a planned outage. One that is over, or cancelled, has ended.
fn planned_outage(change: OutageChange, starts: Timestamp, end: Timestamp) -> Vec<State> {
    let is_over = matches!(change, OutageChange::Completed | OutageChange::Overrun | OutageChange::Cancelled);
    let overrun = State { name: "PlannedOutageOverrun", severity: "warning", starts: end, ends: None };
    let outage = State { name: "PlannedOutage", severity: "info", starts, ends: is_over.then_some(end) };
    [outage].into_iter().chain((change == OutageChange::Overrun).then_some(overrun)).collect()
}

/// Returns since when an entry is true.
fn time(entry: &Entry, content: &MessageContent) -> Timestamp {
    match entry {
        Entry::Offline { since, .. } | Entry::Online { since, .. } => *since,
        Entry::ShortOutages { ended, .. } => *ended,
        Entry::Flapping { at, .. } | Entry::Settled { at, .. } | Entry::MovedAway { at, .. } => *at,
        _ => content.at,
    }
}

/// Returns the alerts that are the entry's own.
fn own_states(entry: &Entry, content: &MessageContent) -> Vec<State> {
    let at = content.at;
    match entry {
        Entry::Offline { since, .. } => vec![outage(*since, None)],
        Entry::Online { outage: Some(ended), .. } => vec![outage(ended.began, Some(ended.ended))],
        Entry::MovedAway { .. } => vec![],
        Entry::PlannedOutage { change, start, end, .. } => planned_outage(*change, *start, *end),
        Entry::Flapping { at, .. } => vec![flapping(*at, None)],
        Entry::Settled { status, at, before, .. } => {
            let began = if let Some(Before::Flapping { since }) = before { *since } else { *at };
            let outage = outage(Before::outage_of_settled(*before, *at), None);
            let is_offline = *status != Status::Online;
            [flapping(began, Some(*at))].into_iter().chain(is_offline.then_some(outage)).collect()
        }
        Entry::ShortOutages { ended, total, .. } => {
            let starts = ended.saturating_sub(*total).unwrap_or(*ended);
            vec![State { name: "ChatbotShortOutages", severity: "info", starts, ends: Some(*ended) }]
        }
        Entry::Operational(Operational::CapReleased { .. }) => {
            vec![State { name: "EjectionCapReached", severity: "critical", starts: at, ends: Some(at) }]
        }
        Entry::Operational(Operational::NetworkIncident { incident, is_over, .. }) => {
            let ends = is_over.then_some(at);
            vec![State { name: "NetworkIncident", severity: "critical", starts: incident.at().min(at), ends }]
        }
        other => vec![State { name: alert_name(other), severity: severity(other), starts: at, ends: None }],
    }
}

fn severity(entry: &Entry) -> &'static str {
    match entry.importance() {
        Importance::Info => "info",
        Importance::Warning => "warning",
        Importance::Critical => "critical",
    }
}

/// Returns the name of the alert of an entry that is one alert and never ends.
fn alert_name(entry: &Entry) -> &'static str {
    match entry {
        Entry::Online { .. } => "ChatbotOnline",
        Entry::UpdateAvailable { .. } => "UpdateAvailable",
        Entry::CertificateExpiring { .. } | Entry::Operational(Operational::DmrCertificateExpiring { .. }) => {
            "CertificateExpiring"
        }
        Entry::SubscriptionFailing { .. } => "SubscriptionFailing",
        Entry::AcknowledgementLapsed { .. } => "AcknowledgementLapsed",
        Entry::Test => "Test",
        Entry::Operational(Operational::WouldGoOffline { .. }) => "WouldGoOffline",
        Entry::Operational(Operational::CapReached { .. }) => "EjectionCapReached",
        Entry::Operational(Operational::ObserverOutlier { .. }) => "ObserverOutlier",
        Entry::Operational(Operational::DmrSilent { .. }) => "DmrSilent",
        Entry::Operational(Operational::ApplicationSubmitted { .. }) => "ApplicationSubmitted",
        _ => "ChatbotStatus",
    }
}

fn labels(state: &State, entry: &Entry, content: &MessageContent) -> Labels {
    let mut labels = Labels::from([("alertname", state.name.to_owned()), ("severity", state.severity.to_owned())]);
    labels.extend(content.institution.iter().map(|name| ("institution", name.to_string())));
    labels.extend(chatbot(entry).filter(|_| !is_cap(entry)).map(|name| ("chatbot", name.to_string())));
    labels.extend(dmr(entry).map(|name| ("dmr", name.to_string())));
    match entry {
        Entry::UpdateAvailable { release, .. } => {
            labels.insert("component", release.component.to_string());
            labels.insert("version", release.version.get().to_string());
        }
        Entry::PlannedOutage { outage, .. } => {
            labels.insert("outage", outage.to_string());
        }
        Entry::AcknowledgementLapsed { incident, .. } => {
            labels.insert("incident", incident.to_string());
        }
        Entry::SubscriptionFailing { channel, address, .. } => {
            labels.insert("channel", one_line(channel));
            labels.insert("address", one_line(address));
        }
        Entry::Operational(Operational::CapReached { kind, .. } | Operational::CapReleased { kind }) => {
            labels.insert("type", kind.as_str().to_owned());
        }
        Entry::Operational(Operational::NetworkIncident { incident, cause, .. }) => {
            labels.insert("incident", incident.to_string());
            labels.insert("shared", cause.shared.to_string());
        }
        _ => {}
    }
    labels
}

/// Returns whether an entry is about a type. The chatbot that reached the cap first is no label: it is not known when the
/// cap is released.
fn is_cap(entry: &Entry) -> bool {
    matches!(entry, Entry::Operational(Operational::CapReached { .. }))
}

/// Returns the labels that all alerts have.
fn common(all: &[Labels]) -> Labels {
    let Some((first, others)) = all.split_first() else { return Labels::new() };
    let common = first.iter().filter(|(label, value)| others.iter().all(|labels| labels.get(*label) == Some(*value)));
    common.map(|(label, value)| (*label, value.clone())).collect()
}

/// Returns a digest of labels: 16 hexadecimal digits.
fn fingerprint(labels: &Labels) -> String {
    let mut digest = Sha256::new();
    for (label, value) in labels {
        digest.update(format!("{label}\0{value}\0"));
    }
    let digest = digest.finalize();
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}
