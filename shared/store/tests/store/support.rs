//! A table for each test: dynoxide over HTTP, through the real client.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextMut},
    error::BoxError,
    operation::{query::QueryInput, transact_write_items::TransactWriteItemsInput},
};
use centops_domain::{
    alerts::Event,
    audit::Record,
    chatbots::{Chatbot, Name},
    credentials::{Certificate, IssuedCertificate, Profile, Serial},
    health::{Author, Batch, Control, ControlMode, Delivery, Lane, PolicyDocument, ProbeOutcome},
    ingestion::{CodeError, LogLevel, Observation, Observer, Sequence, Signal, StatusCode},
    institutions::{Institution, NewInstitution},
    peers::{Peer, PeerKind},
    routes::{ChangeLogEntry, Head, Route, RouteChanges},
};
use centops_store::{
    Consistency, Store, StoreError,
    alerts::{EVENT_ATTRIBUTE, parse_event},
    audit::{Audit, AuditContext},
    health::{DueItem, DueProbe},
    institutions::InstitutionError,
};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;

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

/// Returns `count` observations of `observer`, all failed or all successful.
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
    let observations = vec![Observation { at, signal }; count];
    Batch { observer, sequence: Sequence::from(sequence), observations, delivery: Delivery::First }
}

/// Returns failures that eject a chatbot: two observers, twenty each.
pub fn outage(sequence: u128, at: Timestamp) -> [Batch; 2] {
    [batch("chatbot", sequence, 20, true, at), batch("dmr:tallinn", sequence, 20, true, at)]
}

impl Table {
    pub async fn new() -> Self {
        let centops_table::Table { store, client, audit, .. } = centops_table::Table::start().await.expect("a table");
        Self { store, client, policy: PolicyDocument::default(), audit }
    }

    /// Returns the audit context of another request of a person.
    pub fn audit_context(&self, now: Timestamp) -> AuditContext<'_> {
        centops_table::audit_context(&self.audit, now)
    }

    /// Enrols the chatbot `text` and brings it Online.
    pub async fn online(&self, text: &str, now: Timestamp) -> Name {
        let name = name(text);
        self.store.create_chatbot(&self.audit_context(now), chatbot(text, now)).await.expect("created");
        assert_eq!(self.probe(&name, true, now).await, ProbeOutcome::Closed);
        name
    }

    /// Returns the items that are due in `lane` at `now`, the longest due first.
    pub async fn due(&self, lane: Lane, now: Timestamp) -> Vec<DueItem> {
        let due = self.store.due(lane, now, 100).await.expect("due");
        due.into_iter().map(|entry| entry.item).collect()
    }

    /// Takes the lease to probe `name`, if a probe is due.
    pub async fn due_probe(&self, name: &Name, now: Timestamp) -> Option<DueProbe> {
        self.store.evaluate_due(name, &self.policy, now).await.expect("evaluated").probe
    }

    /// Probes `name` at `now`.
    pub async fn probe(&self, name: &Name, success: bool, now: Timestamp) -> ProbeOutcome {
        let probe = self.due_probe(name, now).await.expect("due");
        self.store.report_probe(&probe, success, &self.policy, now, 0.0).await.expect("reported")
    }

    /// Moves the chatbot `name` to `uri` at `now`; a routed one after a good probe.
    pub async fn relocate(&self, name: &Name, uri: &str, now: Timestamp) {
        let change = serde_json::from_value(serde_json::json!({ "uri": uri })).expect("a change");
        let changed = self.store.update_chatbot(&self.audit_context(now), name, None, &change).await.expect("changed");
        if changed.value.pending_uri.is_some() {
            assert_eq!(self.probe(name, true, now).await, ProbeOutcome::Moved);
        }
    }

    /// Returns all events of the table by time.
    pub async fn events(&self) -> Vec<Event> {
        let items =
            self.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items.unwrap_or_default();
        let texts = items.iter().filter_map(|item| item.get(EVENT_ATTRIBUTE)?.as_s().ok());
        let mut events: Vec<Event> = texts.map(|text| parse_event(text).expect("an event")).collect();
        events.sort_by_key(|event| event.at);
        events
    }

    /// Returns all records of the audit trail.
    pub async fn trail(&self) -> Vec<Record> {
        let scan = self.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
        let texts = scan.items().iter().map(|item| item.get("record").expect("a record").as_s().expect("a text"));
        texts.map(|text| serde_json::from_str(text).expect("a record")).collect()
    }

    /// Returns the route table by name.
    pub async fn routes(&self) -> BTreeMap<Name, Route> {
        let head = self.store.head(Consistency::Strong).await.expect("a head");
        let mut table = self.store.route_table(head).await.expect("a table");
        assert_eq!(table.head(), head);
        table.routes().expect("routes").into_iter().map(|route| (route.name.clone(), route)).collect()
    }

    /// Returns the revision of the route table.
    pub async fn revision(&self) -> u64 {
        self.store.head(Consistency::Strong).await.expect("a head").revision
    }

    /// Returns the changes since a revision.
    pub async fn changes(&self, since: u64) -> Result<RouteChanges, StoreError> {
        let head = self.store.head(Consistency::Strong).await.expect("a head");
        self.store.route_changes(since, head).await
    }
}

fn offline(at: Timestamp) -> Control {
    Control {
        mode: ControlMode::ForceOffline,
        reason: "maintenance".to_owned().try_into().expect("a reason"),
        by: Author::Person("EE60001019906".to_owned()),
        since: at,
        until: None,
    }
}

pub async fn force_offline(table: &Table, store: &Store, name: &Name, at: Timestamp) {
    store.set_control(&table.audit_context(at), name, Some(offline(at)), &table.policy).await.expect("out");
}

pub async fn head(table: &Table) -> Head {
    table.store.head(Consistency::Strong).await.expect("a head")
}

pub async fn log(table: &Table, since: u64) -> Vec<ChangeLogEntry> {
    table.store.change_log(since, head(table).await.revision).await.expect("a log")
}

pub async fn online_chatbots(table: &Table, count: usize) -> Vec<Name> {
    let names: Vec<_> = (0..count).map(|number| format!("bot-{number:03}")).collect();
    join_all(names.iter().map(|name| table.online(name, start()))).await
}

pub fn institution(id: &str, title: &str) -> Institution {
    let new: NewInstitution = serde_json::from_value(serde_json::json!({"name": title})).expect("a good one");
    Institution::new(name(id), new)
}

pub fn peer(text: &str, institution: &str) -> Peer {
    Peer {
        name: name(text),
        host: "https://dmr.example.ee/messages".parse().expect("a good uri"),
        kind: PeerKind::Dmr,
        institution: name(institution),
        active: true,
        created_at: start(),
        updated_at: start(),
    }
}

/// Enrols the chatbot or registers the DMR `text` at the start, unless it is there already.
pub async fn ensure_holder(table: &Table, profile: Profile, text: &str) {
    if table.store.enrolment(profile, &name(text)).await.is_ok() {
        return;
    }
    match profile {
        Profile::Chatbot => {
            let new = chatbot(text, start());
            table.store.create_chatbot(&table.audit_context(start()), new).await.expect("enrolled");
        }
        Profile::Dmr => register_dmr(table, text, start()).await,
    }
}

/// Issues the certificate `number` to the holder, which is enrolled at the start if necessary. It is valid for 90 days.
pub async fn certify(table: &Table, profile: Profile, holder: &str, number: u8, at: Timestamp) -> Certificate {
    ensure_holder(table, profile, holder).await;
    let enrolment = table.store.enrolment(profile, &name(holder)).await.expect("enrolled");
    let issued = IssuedCertificate {
        serial: Serial::new([number; 16]),
        profile,
        name: name(holder),
        not_before: at,
        not_after: at + SignedDuration::from_hours(90 * 24),
        pem: String::new(),
        rsa_public_key: None,
    };
    let certificate = Certificate::new(&issued, enrolment.at, at);
    table.store.put_certificate(&table.audit_context(at), &certificate).await.expect("stored");
    certificate
}

/// Requests that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Queries.
    Queries,
    /// Transactions.
    Transactions,
    /// Transactions that delete an item.
    Removals,
}

/// Returns a store on `table` whose requests of the kind `fault` fail.
pub fn faulty(table: &Table, fault: Fault) -> Store {
    intercepted(table, fault)
}

fn intercepted(table: &Table, interceptor: impl Intercept + 'static) -> Store {
    let config = table.client.config().to_builder().interceptor(interceptor).build();
    Store::new(Client::from_conf(config), centops_table::NAME.to_owned())
}

impl Intercept for Fault {
    fn name(&self) -> &'static str {
        "fault"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        let fails = match self {
            Self::Queries => input.downcast_ref::<QueryInput>().is_some(),
            Self::Transactions => input.downcast_ref::<TransactWriteItemsInput>().is_some(),
            Self::Removals => input
                .downcast_ref::<TransactWriteItemsInput>()
                .is_some_and(|transaction| transaction.transact_items().iter().any(|write| write.delete().is_some())),
        };
        if fails { Err(format!("{self:?} fail").into()) } else { Ok(()) }
    }
}

/// What somebody else does once, after the reads of a change and just before its first transaction is sent.
struct Between(Mutex<Option<BoxFuture<'static, ()>>>);

/// Returns a store on `table` whose first transaction comes after `other`. It needs a runtime of several threads.
pub fn crossed_by(table: &Table, other: impl Future<Output = ()> + Send + 'static) -> Store {
    intercepted(table, Between(Mutex::new(Some(other.boxed()))))
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Between")
    }
}

impl Intercept for Between {
    fn name(&self) -> &'static str {
        "between"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_transaction = context.input().downcast_ref::<TransactWriteItemsInput>().is_some();
        let other = is_transaction.then(|| self.0.lock().expect("no panic").take()).flatten();
        if let Some(other) = other {
            tokio::task::block_in_place(|| Handle::current().block_on(other));
        }
        Ok(())
    }
}

/// Registers the DMR `text`, of an institution that is created if necessary.
pub async fn register_dmr(table: &Table, text: &str, now: Timestamp) {
    match create_institution(table, institution("ria", "Infosüsteemi amet")).await {
        Ok(_) | Err(InstitutionError::IdTaken) => {}
        Err(error) => unreachable!("{error}"),
    }
    let peer = Peer { created_at: now, ..peer(text, "ria") };
    table.store.create_peer(&table.audit_context(now), peer).await.expect("registered");
}

pub fn chatbot_of(text: &str, institution: &str) -> Chatbot {
    Chatbot { institution: name(institution), ..chatbot(text, start()) }
}

pub async fn create_institution(table: &Table, one: Institution) -> Result<i64, InstitutionError> {
    table.store.create_institution(&table.audit_context(start()), one).await.map(|new| new.version)
}
