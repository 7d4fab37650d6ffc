//! etcd from Debian's package, for comparison: one member, with a data directory and ports of its own, over the JSON
//! form of its API.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::child::CpuClock;
use crate::client::{Client, ClientError};

/// The time within which it elects itself.
const READY: Duration = Duration::from_secs(20);
const KEY: &str = "revision";

/// etcd cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EtcdError {
    /// It is not installed.
    #[error("etcd is not on the PATH: install it (Debian: apt install etcd-server), then run this again")]
    Missing,
    /// It does not start.
    #[error("etcd does not start: {0}")]
    Start(#[from] std::io::Error),
    /// It started, but takes no write.
    #[error("etcd is not ready within {seconds} s: {0}", seconds = READY.as_secs())]
    NotReady(String),
    /// It does not answer.
    #[error("etcd: {0}")]
    Client(#[from] ClientError),
    /// It returned something else than the key.
    #[error("etcd returned {0} instead of the key that was put")]
    Unexpected(String),
}

/// etcd with one key. Dropping the value kills the process and removes its data.
#[derive(Debug)]
pub struct Etcd {
    /// Its CPU clock.
    pub cpu: CpuClock,
    client: Client,
    range: Bytes,
    _process: Child,
    _data: TempDir,
}

impl Etcd {
    /// Starts etcd, and puts a key with a value of `size` bytes.
    ///
    /// # Errors
    /// When it is not installed, or fails.
    pub async fn start(size: usize) -> Result<Self, EtcdError> {
        let data = tempfile::tempdir()?;
        let (clients, peers) = (free_port()?, free_port()?);
        let process = command(data.path(), clients, peers).spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => EtcdError::Missing,
            _ => EtcdError::Start(error),
        })?;
        let put = json!({"key": base64(KEY), "value": base64(&"r".repeat(size))}).to_string().into();
        let client = connect_and_put(clients, put).await?;
        let range = json!({"key": base64(KEY)}).to_string().into();
        let cpu = CpuClock::new(&process)?;
        let mut etcd = Self { cpu, client, range, _process: process, _data: data };
        let response: Value = serde_json::from_slice(&etcd.range().await?).unwrap_or_default();
        let value = response["kvs"][0]["value"].as_str().and_then(|value| BASE64_STANDARD.decode(value).ok());
        if value.is_some_and(|value| value.len() == size) {
            Ok(etcd)
        } else {
            Err(EtcdError::Unexpected(response.to_string()))
        }
    }

    /// Reads the key, linearizably as is etcd's default. A poll of get-routes is compared with this.
    ///
    /// # Errors
    /// When it does not return 200.
    pub async fn range(&mut self) -> Result<Bytes, EtcdError> {
        let response = self.client.post("/v3/kv/range", self.range.clone()).await?;
        if response.status().is_success() {
            Ok(response.into_body())
        } else {
            let text = String::from_utf8_lossy(response.body());
            Err(EtcdError::Unexpected(format!("{}: {text}", response.status())))
        }
    }
}

/// The command that starts one member with its data in `data`.
fn command(data: &Path, clients: SocketAddr, peers: SocketAddr) -> Command {
    let (client_url, peer_url) = (format!("http://{clients}"), format!("http://{peers}"));
    let mut command = Command::new("etcd");
    command.arg("--data-dir").arg(data);
    command.args(["--listen-client-urls", &client_url, "--advertise-client-urls", &client_url]);
    command.args(["--listen-peer-urls", &peer_url, "--initial-advertise-peer-urls", &peer_url]);
    command.args(["--initial-cluster", &format!("default={peer_url}"), "--log-level", "error"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Connects, and puts the key as soon as etcd takes it.
async fn connect_and_put(address: SocketAddr, put: Bytes) -> Result<Client, EtcdError> {
    let started = Instant::now();
    loop {
        let problem = match Client::connect(address).await {
            Err(error) => error.to_string(),
            Ok(mut client) => match client.post("/v3/kv/put", put.clone()).await {
                Ok(response) if response.status().is_success() => return Ok(client),
                Ok(response) => String::from_utf8_lossy(response.body()).into_owned(),
                Err(error) => error.to_string(),
            },
        };
        if started.elapsed() > READY {
            return Err(EtcdError::NotReady(problem));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Returns a port that was free a moment ago: etcd does not report a port that it chose itself.
fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}
