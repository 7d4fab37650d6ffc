//! etcd from Debian's package, beside the functions: one member, in a folder and on ports of its own,
//! asked over the JSON form of its API.

use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::child::Cpu;
use crate::client::{Client, ClientError};

/// It elects itself within this time.
const READY: Duration = Duration::from_secs(20);
const KEY: &str = "revision";

/// etcd cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum EtcdError {
    /// It is not installed.
    #[error("etcd is not on the PATH: install it (Debian: apt install etcd-server), then run this again")]
    Missing,
    /// It does not start.
    #[error("etcd does not start: {0}")]
    Start(#[from] std::io::Error),
    /// It started, and is not ready.
    #[error("etcd is not ready within {seconds} s: {0}", seconds = READY.as_secs())]
    NotReady(String),
    /// It does not answer.
    #[error("etcd: {0}")]
    Client(#[from] ClientError),
    /// It answers something else than the key.
    #[error("etcd answers {0}, which is not the key that was put")]
    Answer(String),
}

/// etcd with one key. Ends with its value.
#[derive(Debug)]
pub struct Etcd {
    /// The CPU time that it has used.
    pub cpu: Cpu,
    client: Client,
    range: Bytes,
    _process: Child,
    _data: TempDir,
}

impl Etcd {
    /// Starts it, and puts a key with a value of `size` bytes.
    ///
    /// # Errors
    /// When it is not installed, or fails.
    pub async fn start(size: usize) -> Result<Self, EtcdError> {
        let data = tempfile::tempdir()?;
        let (clients, peers) = (free_port()?, free_port()?);
        let (client_url, peer_url) = (format!("http://{clients}"), format!("http://{peers}"));
        let mut command = Command::new("etcd");
        command.arg("--data-dir").arg(data.path()).args([
            "--listen-client-urls",
            &client_url,
            "--advertise-client-urls",
            &client_url,
            "--listen-peer-urls",
            &peer_url,
            "--initial-advertise-peer-urls",
            &peer_url,
            "--initial-cluster",
            &format!("default={peer_url}"),
            "--log-level",
            "error",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => EtcdError::Missing,
            _ => EtcdError::Start(error),
        })?;
        let put = json!({"key": base64(KEY), "value": base64(&"r".repeat(size))}).to_string().into();
        let client = ready(clients, put).await?;
        let range = json!({"key": base64(KEY)}).to_string().into();
        let cpu = Cpu::of(&process)?;
        let mut etcd = Self { cpu, client, range, _process: process, _data: data };
        let answer: Value = serde_json::from_slice(&etcd.range().await?).unwrap_or_default();
        let value = answer["kvs"][0]["value"].as_str().and_then(|value| BASE64_STANDARD.decode(value).ok());
        if value.is_some_and(|value| value.len() == size) {
            Ok(etcd)
        } else {
            Err(EtcdError::Answer(answer.to_string()))
        }
    }

    /// Reads the key, linearizably as is etcd's default: what a poll of ours is held against.
    ///
    /// # Errors
    /// When it does not answer 200.
    pub async fn range(&mut self) -> Result<Bytes, EtcdError> {
        let answer = self.client.post("/v3/kv/range", self.range.clone()).await?;
        if answer.status().is_success() {
            Ok(answer.into_body())
        } else {
            Err(EtcdError::Answer(format!("{}: {}", answer.status(), String::from_utf8_lossy(answer.body()))))
        }
    }
}

/// Connects and puts the key, as soon as etcd takes it.
async fn ready(address: SocketAddr, put: Bytes) -> Result<Client, EtcdError> {
    let started = Instant::now();
    loop {
        let refused = match Client::connect(address).await {
            Err(error) => error.to_string(),
            Ok(mut client) => match client.post("/v3/kv/put", put.clone()).await {
                Ok(answer) if answer.status().is_success() => return Ok(client),
                Ok(answer) => String::from_utf8_lossy(answer.body()).into_owned(),
                Err(error) => error.to_string(),
            },
        };
        if started.elapsed() > READY {
            return Err(EtcdError::NotReady(refused));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// A port that was free a moment ago: etcd does not say which one it took of its own.
fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}
