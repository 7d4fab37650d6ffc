//! The writes of a writer: through the store of this release in the same process, or through that of another release, in a
//! process of it.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
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
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::error::BenchError;
use crate::fault_proxy::IN_TIME;

/// The subcommand of this program that writes what it reads from its standard input.
pub const SUBCOMMAND: &str = "write";
/// The time limit of an attempt of a request. That of the request is ten times as long.
const ATTEMPT_TIMEOUT: Duration = IN_TIME;
const ATTEMPTS: u32 = 4;

/// The kind of a write.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteKind {
    /// Enrols the chatbot.
    Enrol,
    /// Keeps it online by hand.
    Online,
    /// Takes it offline by hand.
    Offline,
    /// Ends control by hand, and probes it successfully.
    Probe,
    /// Moves it to another address.
    Move,
    /// Removes it.
    Remove,
}

/// One write of one chatbot: a line for a process of another release.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// The kind of the write.
    pub kind: WriteKind,
    /// The chatbot.
    pub name: Name,
    /// The address of the chatbot, if the write sets one.
    pub uri: String,
}

/// The result of a write: a line from a process of another release.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The write itself begins: its preparation is done.
    Begins,
    /// The write is done.
    Done,
    /// The store refused it, or there was nothing to do.
    Refused,
    /// The table did not answer: it may be done or not.
    Unavailable,
    /// The store failed in a way that no injected fault causes.
    Failed(String),
}

impl From<Result<bool, StoreError>> for Reply {
    fn from(result: Result<bool, StoreError>) -> Self {
        match result {
            Ok(true) => Self::Done,
            Err(StoreError::Unavailable(_)) => Self::Unavailable,
            Ok(false)
            | Err(StoreError::NotFound | StoreError::Exists | StoreError::Changed | StoreError::Contended) => {
                Self::Refused
            }
            Err(other) => Self::Failed(other.to_string()),
        }
    }
}

/// The store that a writer uses.
#[derive(Debug)]
pub enum Writes {
    /// Here, through the store of this release.
    Here(Box<StoreWrites>),
    /// In a process of another release.
    There(Box<Mutex<Process>>),
}

impl Writes {
    /// Writes to the table at `address` here, or with the program of another release.
    ///
    /// # Errors
    /// When the program does not start.
    pub fn start(address: SocketAddr, program: Option<&Path>) -> std::io::Result<Self> {
        Ok(match program {
            None => Self::Here(Box::new(StoreWrites::new(address))),
            Some(program) => Self::There(Box::new(Mutex::new(Process::start(program, address)?))),
        })
    }

    /// Writes once. Calls `begins` when the write itself begins.
    ///
    /// # Errors
    /// When the other process ends.
    pub async fn write(&self, request: &Request, begins: impl FnMut()) -> Result<Reply, BenchError> {
        Ok(match self {
            Self::Here(writes) => writes.write(request, begins).await.into(),
            Self::There(process) => process.lock().await.write(request, begins).await?,
        })
    }
}

/// Writes the requests of the standard input to the table at `address`, and prints their results.
///
/// # Errors
/// When a line cannot be read, or is no request.
pub async fn serve(address: SocketAddr) -> Result<(), BenchError> {
    let writes = StoreWrites::new(address);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let request: Request = serde_json::from_str(&line).map_err(std::io::Error::from)?;
        let reply = writes.write(&request, || print(&Reply::Begins)).await.into();
        print(&reply);
    }
    Ok(())
}

fn print(reply: &Reply) {
    println!("{}", json!(reply));
}

/// A process of another release. Dropping the value kills it.
#[derive(Debug)]
pub struct Process {
    _child: Child,
    requests: ChildStdin,
    replies: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(program: &Path, address: SocketAddr) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).arg(address.to_string());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let requests = process.stdin.take().ok_or(ErrorKind::BrokenPipe)?;
        let replies = BufReader::new(process.stdout.take().ok_or(ErrorKind::BrokenPipe)?).lines();
        Ok(Self { _child: process, requests, replies })
    }

    async fn write(&mut self, request: &Request, mut begins: impl FnMut()) -> Result<Reply, BenchError> {
        self.requests.write_all(format!("{}\n", json!(request)).as_bytes()).await?;
        loop {
            let line = self.replies.next_line().await?.ok_or(std::io::Error::from(ErrorKind::UnexpectedEof))?;
            match serde_json::from_str(&line).map_err(std::io::Error::from)? {
                Reply::Begins => begins(),
                reply => return Ok(reply),
            }
        }
    }
}

/// The writes through the store of this release.
#[derive(Debug)]
pub struct StoreWrites {
    table: Table,
    policies: PolicyDocument,
}

impl StoreWrites {
    fn new(address: SocketAddr) -> Self {
        Self { table: Table::with(client(address), address), policies: PolicyDocument::default() }
    }

    async fn write(&self, request: &Request, begins: impl FnMut()) -> Result<bool, StoreError> {
        let Request { kind, name, uri } = request;
        match kind {
            WriteKind::Enrol => self.enrol(name, uri).await,
            WriteKind::Online => self.control(name, Some(ControlMode::ForceOnline)).await,
            WriteKind::Offline => self.control(name, Some(ControlMode::ForceOffline)).await,
            WriteKind::Probe => self.probe(name, begins).await,
            WriteKind::Move => self.change_uri(name, uri).await,
            WriteKind::Remove => self.remove(name).await,
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
    async fn probe(&self, name: &Name, mut begins: impl FnMut()) -> Result<bool, StoreError> {
        let store = &self.table.store;
        self.control(name, None).await?;
        let evaluated = store.evaluate_due(name, &self.policies, Timestamp::now()).await?;
        // A pending address is the business of the process that set it.
        let Some(probe) = evaluated.probe.filter(|probe| *probe.uri() == probe.chatbot().uri) else {
            return Ok(false);
        };
        begins();
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
