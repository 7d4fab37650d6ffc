//! An nginx with its agent, CentOps, a name server.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::agent::Agent;
use crate::support::centops::CentOps;
use crate::support::dns::Dns;
use crate::support::nginx::Nginx;
use crate::support::wait_until;

pub const LIMIT: Duration = Duration::from_secs(20);
pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

pub struct Fixture {
    pub folder: TempDir,
    pub centops: Arc<CentOps>,
    pub dns: Dns,
    pub nginx: Nginx,
    pub agent: Agent,
    pub http: Client,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for name in ["agent.log", "error.log"] {
                let text = std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
                let lines: Vec<&str> = text.lines().rev().take(8).collect();
                eprintln!("the end of {name}, the newest line first:\n{}", lines.join("\n"));
            }
        }
    }
}

impl Fixture {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // nginx's workers write below it.
        let centops = CentOps::start(Duration::from_mins(5)).await;
        let dns = Dns::start().await;
        let nginx = Nginx::new(folder.path(), dns.port);
        let agent = Agent::new(folder.path(), &nginx, &centops, "");
        Self { folder, centops, dns, nginx, agent, http: Client::builder().no_proxy().build().expect("a client") }
    }

    /// Starts the agent and nginx, and waits until nginx serves the newest table.
    pub async fn start(&mut self) {
        self.agent.start();
        let map = self.folder.path().join("routes.map");
        wait_until("the agent writes a map", LIMIT, async || map.exists()).await;
        self.nginx.start();
        self.wait_served().await;
    }

    pub async fn wait_served(&self) {
        let revision = self.centops.network.lock().expect("not poisoned").revision();
        wait_until("nginx serves the newest routes", LIMIT, async || {
            self.agent.status().await["nginx"]["servedRevision"] == json!(revision)
        })
        .await;
    }

    /// Waits until a message to each of `names` is answered. For a moment after a reload, a former worker may still take
    /// connections.
    pub async fn wait_routed(&self, names: &[&str]) {
        self.wait_served().await;
        for name in names {
            wait_until("no former worker answers", LIMIT, async || self.send(name).await == 200).await;
        }
    }

    pub async fn send(&self, name: &str) -> u16 {
        let request = self.http.post(self.nginx.url()).header("X-Send-To", name).body("{}");
        request.send().await.expect("an answer").status().as_u16()
    }

    pub async fn wait_ledger(&self, lines: u64) -> Value {
        wait_until("all lines are counted", LIMIT, async || {
            let status = self.agent.status().await;
            let log = &status["log"];
            let ignored =
                log["ignored"].as_object().map(|counts| counts.values().filter_map(Value::as_u64).sum::<u64>());
            let is_stored =
                ignored.zip(log["queued"].as_u64()).is_some_and(|(ignored, queued)| ignored + queued == lines);
            log["lines"] == json!(lines) && is_stored && status["reports"]["accepted"] == log["queued"]
        })
        .await;
        self.agent.status().await
    }

    /// Changes the agent's configuration. Call it before [`Fixture::start`].
    pub fn edit_config(&self, edit: impl Fn(&str) -> String) {
        let path = self.folder.path().join("agent.toml");
        let text = std::fs::read_to_string(&path).expect("a configuration");
        let edited = edit(&text);
        assert_ne!(edited, text);
        std::fs::write(path, edited).expect("written");
    }

    /// Breaks the configuration of nginx, as its operator may. Returns the text that repairs it.
    pub fn break_nginx(&self) -> String {
        let text = std::fs::read_to_string(self.nginx_conf()).expect("a configuration");
        std::fs::write(self.nginx_conf(), format!("{text}\nbroken")).expect("written");
        text
    }

    pub fn repair_nginx(&self, text: &str) {
        std::fs::write(self.nginx_conf(), text).expect("written");
    }

    fn nginx_conf(&self) -> std::path::PathBuf {
        self.folder.path().join("nginx.conf")
    }

    pub fn map(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("routes.map")).expect("a map")
    }
}
