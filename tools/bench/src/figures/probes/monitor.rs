//! Prometheus and its blackbox exporter from Debian's packages, for comparison: a scrape of each target a minute.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::targets::Target;
use crate::child::{self, CpuClock};
use crate::error::BenchError;

/// Both processes. Dropping the value kills them and removes their data.
#[derive(Debug)]
pub struct Monitor {
    processes: [Child; 2],
    clocks: [CpuClock; 2],
    _data: TempDir,
}

impl Monitor {
    /// Starts both, and lets them ask the `targets` every minute.
    ///
    /// # Errors
    /// When one of them is not installed, or does not start.
    pub fn start(targets: &[Target]) -> Result<Self, BenchError> {
        let data = tempfile::tempdir()?;
        let path = |name: &str| data.path().join(name);
        let (exporter, server) = (free_address()?, free_address()?);
        // JSON is YAML.
        let modules = json!({"modules": {"probe": {
            "prober": "http", "timeout": "5s", "http": {"preferred_ip_protocol": "ip4", "follow_redirects": false},
        }}});
        fs::write(path("exporter.yml"), modules.to_string())?;
        let addresses: Vec<&str> = targets.iter().map(|target| target.uri.as_str()).collect();
        fs::write(path("targets.json"), json!([{ "targets": addresses }]).to_string())?;
        let relabel = json!([
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": exporter.to_string()},
        ]);
        let config = json!({
            "global": {"scrape_interval": "60s", "scrape_timeout": "10s"},
            "scrape_configs": [{
                "job_name": "probes", "metrics_path": "/probe", "params": {"module": ["probe"]},
                "file_sd_configs": [{"files": [path("targets.json")]}], "relabel_configs": relabel,
            }],
        });
        fs::write(path("prometheus.yml"), config.to_string())?;
        let mut blackbox = Command::new("prometheus-blackbox-exporter");
        blackbox.arg(format!("--config.file={}", path("exporter.yml").display()));
        blackbox.arg(format!("--web.listen-address={exporter}"));
        let mut prometheus = Command::new("prometheus");
        prometheus.arg(format!("--config.file={}", path("prometheus.yml").display()));
        prometheus.arg(format!("--storage.tsdb.path={}", path("data").display()));
        prometheus.arg(format!("--web.listen-address={server}"));
        let processes = [spawn(&mut blackbox)?, spawn(&mut prometheus)?];
        let clocks = [CpuClock::new(&processes[0])?, CpuClock::new(&processes[1])?];
        Ok(Self { processes, clocks, _data: data })
    }

    /// Returns the CPU time that both have used.
    ///
    /// # Errors
    /// When one has ended.
    pub fn cpu(&mut self) -> Result<Duration, BenchError> {
        for process in &mut self.processes {
            if let Some(status) = process.try_wait()? {
                return Err(BenchError::Io(std::io::Error::other(format!("a monitor ended: {status}"))));
            }
        }
        Ok(self.clocks.iter().map(|clock| clock.used()).sum::<std::io::Result<Duration>>()?)
    }

    /// Returns the largest resident memory of both so far, in MiB.
    ///
    /// # Errors
    /// When one has ended.
    pub fn memory(&self) -> Result<f64, BenchError> {
        Ok(self.processes.iter().map(child::peak_memory).sum::<std::io::Result<f64>>()?)
    }
}

fn spawn(command: &mut Command) -> Result<Child, BenchError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BenchError::MissingMonitor,
        _ => BenchError::Io(error),
    })
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
