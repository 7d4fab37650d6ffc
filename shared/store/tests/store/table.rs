//! A table of its own for each test: dynoxide over HTTP, through the real client.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::Client;
use centops_domain::{
    alerts::Event,
    audit::Record,
    chatbots::{Chatbot, Name},
    health::{Batch, Lease, PolicyDocument, ProbeOutcome},
    ingestion::{CodeError, LogLevel, Observation, Observer, Sequence, Signal, StatusCode},
    routes::{Route, RouteChanges},
};
use centops_store::{
    Consistency, Store, StoreError,
    alerts::{EVENT_ATTRIBUTE, parse_event},
    audit::{Audit, AuditContext},
};
use jiff::{SignedDuration, Timestamp};

/// A store on an empty table, and the client under it.
pub struct Table {
    pub store: Store,
    pub client: Client,
    pub policy: PolicyDocument,
    pub audit: Arc<Audit>,
}

pub fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("a time")
}

pub fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

pub fn chatbot(text: &str, now: Timestamp) -> Chatbot {
    Chatbot::enrol(
        serde_json::from_value(serde_json::json!({
            "name": text, "uri": format!("https://{text}.example.ee/messages"), "type": "ministry",
            "institution": "tax-board", "contact": "owner@example.ee", "versions": {"ruuter": "1.0.0"},
        }))
        .expect("a good chatbot"),
        now,
    )
}

/// Observations of `observer` that all failed or all went well.
pub fn batch(observer: &str, sequence: u128, count: usize, failed: bool, at: Timestamp) -> Batch {
    let observer = Observer::try_from(observer.to_owned()).expect("an observer");
    let signal = match (&observer, failed) {
        (Observer::Chatbot, true) => Signal::Log(LogLevel::Error),
        (Observer::Chatbot, false) => Signal::Log(LogLevel::Info),
        (Observer::Dmr(_), true) => Signal::Code { result: Err(CodeError::Timeout), millis: None },
        (Observer::Dmr(_), false) => {
            Signal::Code { result: Ok(StatusCode::try_from(200).expect("a code")), millis: Some(20) }
        }
    };
    Batch { observer, sequence: Sequence::from(sequence), observations: vec![Observation { at, signal }; count] }
}

/// The failures that open a circuit: two observers, twenty each.
pub fn outage(sequence: u128, at: Timestamp) -> [Batch; 2] {
    [batch("chatbot", sequence, 20, true, at), batch("dmr:tallinn", sequence, 20, true, at)]
}

impl Table {
    pub async fn new() -> Self {
        let centops_table::Table { store, client, audit, .. } = centops_table::Table::start().await.expect("a table");
        Self { store, client, policy: PolicyDocument::default(), audit }
    }

    /// Another request of a person.
    pub fn act(&self, now: Timestamp) -> AuditContext<'_> {
        centops_table::audit_context(&self.audit, now)
    }

    /// Enrols the chatbot `text` and brings it Online.
    pub async fn online(&self, text: &str, now: Timestamp) -> Name {
        let name = name(text);
        self.store.create_chatbot(&self.act(now), chatbot(text, now)).await.expect("created");
        assert_eq!(self.probe(&name, true, now).await, ProbeOutcome::Closed);
        name
    }

    /// The lease of a look at `name`, where it is to be probed.
    pub async fn look(&self, name: &Name, now: Timestamp) -> Option<Lease> {
        self.store.evaluate_due(name, &self.policy, now).await.expect("looked").lease
    }

    /// Probes `name` at `now`.
    pub async fn probe(&self, name: &Name, success: bool, now: Timestamp) -> ProbeOutcome {
        let lease = self.look(name, now).await.expect("due");
        self.store.report_probe(name, lease.id, success, &self.policy, now, 0.0).await.expect("reported")
    }

    /// Every event of the table, in the order of their times.
    pub async fn events(&self) -> Vec<Event> {
        let items =
            self.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items.unwrap_or_default();
        let texts = items.iter().filter_map(|item| item.get(EVENT_ATTRIBUTE)?.as_s().ok());
        let mut events: Vec<Event> = texts.map(|text| parse_event(text).expect("an event")).collect();
        events.sort_by_key(|event| event.at);
        events
    }

    /// Every record of the audit trail.
    pub async fn trail(&self) -> Vec<Record> {
        let scan = self.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
        let texts = scan.items().iter().map(|item| item.get("record").expect("a record").as_s().expect("a text"));
        texts.map(|text| serde_json::from_str(text).expect("a record")).collect()
    }

    /// The route table by name.
    pub async fn routes(&self) -> BTreeMap<Name, Route> {
        let head = self.store.head(Consistency::Strong).await.expect("a head");
        let mut table = self.store.route_table(head).await.expect("a table");
        assert_eq!(table.head(), head);
        table.routes().expect("routes").into_iter().map(|route| (route.name.clone(), route)).collect()
    }

    /// The revision of the route table.
    pub async fn revision(&self) -> u64 {
        self.store.head(Consistency::Strong).await.expect("a head").revision
    }

    /// The changes since a revision.
    pub async fn changes(&self, since: u64) -> Result<RouteChanges, StoreError> {
        let head = self.store.head(Consistency::Strong).await.expect("a head");
        self.store.route_changes(since, head).await
    }
}
