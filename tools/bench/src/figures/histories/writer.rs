//! A process that writes through a store, a client and a proxy of its own, and gives up soon.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use centops_domain::chatbots::Name;
use centops_domain::chatbots::{Chatbot, ChatbotChange};
use centops_domain::health::PolicyDocument;
use centops_domain::health::ProbeOutcome;
use centops_domain::health::{Control, ControlMode};
use centops_store::StoreError;
use centops_store::chatbots::Removal;
use centops_table::Table;
use jiff::Timestamp;
use serde_json::json;

use super::history::{Action, Clock, Operation, Time, Write};
use crate::fault_proxy::{FaultProxy, FaultRates, IN_TIME};

/// The time limit of an attempt of a request. That of the request is ten times as long.
const ATTEMPT_TIMEOUT: Duration = IN_TIME;
const ATTEMPTS: u32 = 4;

/// The outcome of a write.
enum Outcome {
    /// It took effect.
    Done,
    /// It certainly took no effect.
    Rejected,
    /// It may have taken effect.
    Unknown,
}

/// The kind of a write.
#[derive(Debug, Clone, Copy)]
enum WriteKind {
    Enrol,
    Online,
    Offline,
    Probe,
    Move,
    Remove,
}

/// The kinds to choose from. A kind that is chosen more often is in the list more than once.
const WRITE_KINDS: [WriteKind; 12] = [
    WriteKind::Enrol,
    WriteKind::Enrol,
    WriteKind::Online,
    WriteKind::Online,
    WriteKind::Online,
    WriteKind::Offline,
    WriteKind::Offline,
    WriteKind::Probe,
    WriteKind::Probe,
    WriteKind::Move,
    WriteKind::Move,
    WriteKind::Remove,
];

/// A writer.
#[derive(Debug)]
pub struct Writer {
    process: usize,
    table: Table,
    /// The proxy between this writer and the table.
    pub proxy: FaultProxy,
    policies: PolicyDocument,
}

impl Writer {
    /// Starts the writer `process` on the table at `address`.
    ///
    /// # Errors
    /// When its proxy does not start.
    pub async fn start(process: usize, address: SocketAddr) -> std::io::Result<Self> {
        let proxy = FaultProxy::start(address, 0, FaultRates::default()).await?;
        let table = Table::with(client(proxy.address), proxy.address);
        Ok(Self { process, table, proxy, policies: PolicyDocument::default() })
    }

    /// Writes `count` times to one of `names`, and returns the writes that took effect or may have.
    ///
    /// # Errors
    /// When the store fails in a way that no injected fault causes.
    pub async fn run(
        &self,
        clock: &Clock,
        names: &[Name],
        count: usize,
        mut random: fastrand::Rng,
    ) -> Result<Vec<Operation>, StoreError> {
        let mut operations = Vec::new();
        for index in 0..count {
            // The first writes enrol and route each name, so that there is something to write.
            let own = self.process % names.len();
            let (name, kind) = match index {
                0 => (&names[own], WriteKind::Enrol),
                1 => (&names[own], WriteKind::Online),
                _ => (&names[random.usize(..names.len())], WRITE_KINDS[random.usize(..WRITE_KINDS.len())]),
            };
            let uri = format!("https://{name}.example.ee/{}-{index}", self.process);
            let before = self.proxy.unclear();
            let mut invoked = clock.now();
            let (write, result) = self.write(kind, name, uri, clock, &mut invoked).await;
            let returned = clock.now();
            let clear = self.proxy.unclear() == before;
            let returned = match outcome(result, clear)? {
                Outcome::Rejected => continue,
                Outcome::Done => Some(returned),
                Outcome::Unknown => None,
            };
            let action = Action::Write { name: name.to_string(), write };
            operations.push(Operation { process: self.process, invoked, returned, action });
        }
        Ok(operations)
    }

    /// Removes the chatbots that the history left, through a proxy without faults.
    pub async fn clean(&self, names: &[Name]) {
        for name in names {
            // A chatbot that stays is harmless: no other history has its name.
            let _ = self.remove(name).await;
        }
    }

    /// Writes once. `uri` is the address of the chatbot if the write sets one.
    async fn write(
        &self,
        kind: WriteKind,
        name: &Name,
        uri: String,
        clock: &Clock,
        invoked: &mut Time,
    ) -> (Write, Result<bool, StoreError>) {
        match kind {
            WriteKind::Enrol => {
                let result = self.enrol(name, &uri).await;
                (Write::Enrol { uri }, result)
            }
            WriteKind::Online => (Write::Online, self.control(name, Some(ControlMode::ForceOnline)).await),
            WriteKind::Offline => (Write::Offline, self.control(name, Some(ControlMode::ForceOffline)).await),
            WriteKind::Probe => (Write::Online, self.probe(clock, name, invoked).await),
            WriteKind::Move => {
                let result = self.change_uri(name, &uri).await;
                (Write::Move { uri }, result)
            }
            WriteKind::Remove => (Write::Remove, self.remove(name).await),
        }
    }

    fn audit(&self) -> centops_store::audit::AuditContext<'_> {
        centops_table::audit_context(&self.table.audit, Timestamp::now())
    }

    async fn enrol(&self, name: &Name, uri: &str) -> Result<bool, StoreError> {
        let new = json!({
            "name": name, "uri": uri, "type": "institution", "institution": "bench", "contact": "owner@example.ee",
        });
        let new = serde_json::from_value(new).map_err(|error| StoreError::Unreadable(error.into()))?;
        let chatbot = Chatbot::enrol(new, Timestamp::now());
        self.table.store.create_chatbot(&self.audit(), chatbot).await.map(|_| true)
    }

    async fn control(&self, name: &Name, mode: Option<ControlMode>) -> Result<bool, StoreError> {
        let new = mode.map(|mode| serde_json::from_value(json!({"mode": mode, "reason": "a bench"}))).transpose();
        let new = new.map_err(|error| StoreError::Unreadable(error.into()))?;
        let control = new.map(|new| Control::new(new, "bench".to_owned(), Timestamp::now()));
        self.table.store.set_control(&self.audit(), name, control, &self.policies).await.map(|_| true)
    }

    /// Ends manual control, and reports a successful probe if one is due. Returns false if that changed nothing.
    async fn probe(&self, clock: &Clock, name: &Name, invoked: &mut Time) -> Result<bool, StoreError> {
        let store = &self.table.store;
        self.control(name, None).await?;
        let evaluated = store.evaluate_due(name, &self.policies, Timestamp::now()).await?;
        // A pending address is the business of the process that set it.
        let Some(probe) = evaluated.probe.filter(|probe| *probe.uri() == probe.chatbot().uri) else {
            return Ok(false);
        };
        *invoked = clock.now();
        let probed = store.report_probe(&probe, true, &self.policies, Timestamp::now(), 0.0).await?;
        Ok(probed == ProbeOutcome::Closed)
    }

    async fn change_uri(&self, name: &Name, uri: &str) -> Result<bool, StoreError> {
        let change: ChatbotChange =
            serde_json::from_value(json!({ "uri": uri })).map_err(|error| StoreError::Unreadable(error.into()))?;
        let store = &self.table.store;
        let changed = store.update_chatbot(&self.audit(), name, None, &change).await?.value;
        if changed.pending_uri.is_none() {
            return Ok(true);
        }
        let evaluated = store.evaluate_due(name, &self.policies, Timestamp::now()).await?;
        let Some(probe) = evaluated.probe.filter(|probe| probe.uri().as_str() == uri) else { return Ok(false) };
        let probed = store.report_probe(&probe, true, &self.policies, Timestamp::now(), 0.0).await?;
        Ok(probed == ProbeOutcome::Moved)
    }

    async fn remove(&self, name: &Name) -> Result<bool, StoreError> {
        let removal = self.table.store.delete_chatbot(&self.audit(), name, None, &self.policies).await?;
        Ok(removal == Removal::Removed)
    }
}

/// Returns the outcome of a write with `result`. `clear` is set if every request got its response in time: only then
/// a rejection cannot be that of a second attempt after a first one that took effect.
fn outcome(result: Result<bool, StoreError>, clear: bool) -> Result<Outcome, StoreError> {
    match result {
        Ok(true) => Ok(Outcome::Done),
        Err(StoreError::Unavailable(_)) => Ok(Outcome::Unknown),
        Ok(false) | Err(StoreError::NotFound | StoreError::Exists | StoreError::Changed | StoreError::Contended) => {
            Ok(if clear { Outcome::Rejected } else { Outcome::Unknown })
        }
        Err(other) => Err(other),
    }
}

/// A client with short time limits.
fn client(address: SocketAddr) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(ATTEMPT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(ATTEMPT_TIMEOUT * 10)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(2))
        .with_max_backoff(Duration::from_millis(20));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-north-1"))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "bench"))
        .endpoint_url(format!("http://{address}"))
        .timeout_config(timeouts)
        .retry_config(retries)
        .build();
    Client::from_conf(config)
}
