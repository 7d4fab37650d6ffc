//! A process that writes: through a store, client and network of its own, with little patience.

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
use centops_table::Table;
use jiff::Timestamp;
use serde_json::json;

use super::Clock;
use super::history::{Action, Operation, Time, Write};
use crate::faults::{Network, SOON, Weather};

/// A request is sent again after this long, and given up after ten times as long.
const PATIENCE: Duration = SOON;
const ATTEMPTS: u32 = 4;

/// What came of a write.
enum Outcome {
    /// It was carried out.
    Done,
    /// It was not, for certain.
    Refused,
    /// Who knows.
    Unknown,
}

/// What a writer may do.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Enrol,
    Online,
    Offline,
    Probe,
    Move,
    Remove,
}

const CHOICES: [Choice; 12] = [
    Choice::Enrol,
    Choice::Enrol,
    Choice::Online,
    Choice::Online,
    Choice::Online,
    Choice::Offline,
    Choice::Offline,
    Choice::Probe,
    Choice::Probe,
    Choice::Move,
    Choice::Move,
    Choice::Remove,
];

/// A writer.
#[derive(Debug)]
pub struct Writer {
    process: usize,
    table: Table,
    /// Its way to the table.
    pub network: Network,
    policies: PolicyDocument,
}

impl Writer {
    /// The writer `process` of the table at `address`.
    ///
    /// # Errors
    /// When its network does not start.
    pub async fn start(process: usize, address: SocketAddr) -> std::io::Result<Self> {
        let network = Network::start(address, 0, Weather::default()).await?;
        let table = Table::with(client(network.address), network.address);
        Ok(Self { process, table, network, policies: PolicyDocument::default() })
    }

    /// Writes `count` times to one of `names`.
    ///
    /// # Errors
    /// When the store fails otherwise than a table that does not answer makes it.
    pub async fn run(
        &self,
        clock: &Clock,
        names: &[Name],
        count: usize,
        mut dice: fastrand::Rng,
    ) -> Result<Vec<Operation>, StoreError> {
        let mut operations = Vec::new();
        for turn in 0..count {
            // First somebody enrols each, and routes it, so that there is something to write.
            let own = self.process % names.len();
            let (name, choice) = match turn {
                0 => (&names[own], Choice::Enrol),
                1 => (&names[own], Choice::Online),
                _ => (&names[dice.usize(..names.len())], CHOICES[dice.usize(..CHOICES.len())]),
            };
            let uri = format!("https://{name}.example.ee/{}-{turn}", self.process);
            let before = self.network.unclear();
            let mut invoked = clock.now();
            let (write, result) = match choice {
                Choice::Enrol => (Write::Enrol { uri: uri.clone() }, self.enrol(name, &uri).await),
                Choice::Online => (Write::Online, self.control(name, Some(ControlMode::ForceOnline)).await),
                Choice::Offline => (Write::Offline, self.control(name, Some(ControlMode::ForceOffline)).await),
                Choice::Probe => (Write::Online, self.probe(clock, name, &mut invoked).await),
                Choice::Move => (Write::Move { uri: uri.clone() }, self.change(name, &uri).await),
                Choice::Remove => (Write::Remove, self.remove(name).await),
            };
            let returned = clock.now();
            let clear = self.network.unclear() == before;
            let returned = match outcome(result, clear)? {
                Outcome::Refused => continue,
                Outcome::Done => Some(returned),
                Outcome::Unknown => None,
            };
            operations.push(self.operation(invoked, returned, name, write));
        }
        Ok(operations)
    }

    /// Removes what the history left, over a calm network.
    pub async fn clean(&self, names: &[Name]) {
        for name in names {
            // What is left belongs to a name that no other history has.
            let _ = self.remove(name).await;
        }
    }

    fn operation(&self, invoked: Time, returned: Option<Time>, name: &Name, write: Write) -> Operation {
        let action = Action::Write { name: name.to_string(), write };
        Operation { process: self.process, invoked, returned, action }
    }

    fn act(&self) -> centops_store::audit::AuditContext<'_> {
        centops_table::audit_context(&self.table.audit, Timestamp::now())
    }

    async fn enrol(&self, name: &Name, uri: &str) -> Result<bool, StoreError> {
        let new = json!({
            "name": name, "uri": uri, "type": "institution", "institution": "bench", "contact": "owner@example.ee",
        });
        let new = serde_json::from_value(new).map_err(|error| StoreError::Unreadable(error.into()))?;
        let chatbot = Chatbot::enrol(new, Timestamp::now());
        self.table.store.create_chatbot(&self.act(), chatbot).await.map(|_| true)
    }

    async fn control(&self, name: &Name, mode: Option<ControlMode>) -> Result<bool, StoreError> {
        let new = mode.map(|mode| serde_json::from_value(json!({"mode": mode, "reason": "a bench"}))).transpose();
        let new = new.map_err(|error| StoreError::Unreadable(error.into()))?;
        let control = new.map(|new| Control::new(new, "bench".to_owned(), Timestamp::now()));
        self.table.store.set_control(&self.act(), name, control, &self.policies).await.map(|_| true)
    }

    /// Ends manual control, and reports a good probe where one is due: false where it changed nothing.
    async fn probe(&self, clock: &Clock, name: &Name, invoked: &mut Time) -> Result<bool, StoreError> {
        let store = &self.table.store;
        self.control(name, None).await?;
        let Some(lease) = store.evaluate_due(name, &self.policies, Timestamp::now()).await?.lease else {
            return Ok(false);
        };
        *invoked = clock.now();
        let probed = store.report_probe(name, lease.id, true, &self.policies, Timestamp::now(), 0.0).await?;
        Ok(probed == ProbeOutcome::Closed)
    }

    async fn change(&self, name: &Name, uri: &str) -> Result<bool, StoreError> {
        let change: ChatbotChange =
            serde_json::from_value(json!({ "uri": uri })).map_err(|error| StoreError::Unreadable(error.into()))?;
        self.table.store.update_chatbot(&self.act(), name, None, &change).await.map(|_| true)
    }

    async fn remove(&self, name: &Name) -> Result<bool, StoreError> {
        self.table.store.delete_chatbot(&self.act(), name, None, &self.policies).await.map(|()| true)
    }
}

/// What `result` says of the write: `clear` where every request got its answer, so that a refusal cannot be
/// that of a second try after a first that went through.
fn outcome(result: Result<bool, StoreError>, clear: bool) -> Result<Outcome, StoreError> {
    match result {
        Ok(true) => Ok(Outcome::Done),
        Err(StoreError::Unavailable(_)) => Ok(Outcome::Unknown),
        Ok(false) | Err(StoreError::NotFound | StoreError::Exists | StoreError::Changed | StoreError::Contended) => {
            Ok(if clear { Outcome::Refused } else { Outcome::Unknown })
        }
        Err(other) => Err(other),
    }
}

/// A client that gives up soon.
fn client(address: SocketAddr) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(PATIENCE)
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE * 10)
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
