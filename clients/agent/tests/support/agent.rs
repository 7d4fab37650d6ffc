//! The agent as a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::centops::CentOps;
use super::nginx::{Nginx, free_port};

pub struct Agent {
    mode: &'static str,
    config: PathBuf,
    log: PathBuf,
    pub port: u16,
    child: Option<Child>,
}

/// The agent that is tested: `CENTOPS_AGENT_BIN`, or the one of this build.
pub fn binary() -> PathBuf {
    std::env::var_os("CENTOPS_AGENT_BIN").map_or_else(|| env!("CARGO_BIN_EXE_centops-agent").into(), PathBuf::from)
}

impl Agent {
    /// Writes the configuration. `extra` is added at its end.
    pub fn new(folder: &Path, nginx: &Nginx, centops: &CentOps, extra: &str) -> Self {
        let port = free_port();
        fs::write(folder.join("keys.json"), centops.jwks()).expect("written");
        fs::create_dir_all(folder.join("state")).expect("created");
        let folder_text = folder.display();
        let text = format!(
            "network = \"{}\"\nsigning_keys = \"{folder_text}/keys.json\"\nstate = \"{folder_text}/state\"\n\
             listen = \"127.0.0.1:{port}\"\npoll_seconds = 0.2\n\
             [nginx]\nmap = \"{folder_text}/routes.map\"\n\
             revision_url = \"http://127.0.0.1:{}/centops/revision\"\ntest = {:?}\npid_file = \"{folder_text}/nginx.pid\"\n\
             [log]\nfile = \"{folder_text}/centops.log\"\nstart = \"beginning\"\nrest_seconds = 3.0\n{extra}\n",
            centops.url(),
            nginx.revision_port,
            nginx.test_command(),
        );
        Self::with_config(folder, "dmr", port, &text)
    }

    /// Writes `text` as the configuration of a mode. `port` is that of `listen`.
    pub fn with_config(folder: &Path, mode: &'static str, port: u16, text: &str) -> Self {
        let config = folder.join("agent.toml");
        fs::write(&config, text).expect("written");
        Self { mode, config, log: folder.join("agent.log"), port, child: None }
    }

    pub fn start(&mut self) {
        let log = fs::File::options().create(true).append(true).open(&self.log).expect("a log");
        let child = Command::new(binary())
            .args([self.mode.as_ref(), "--config".as_ref(), self.config.as_os_str()])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(child.expect("the agent"));
    }

    pub fn check(&self) -> std::process::Output {
        Command::new(binary())
            .args(["check".as_ref(), self.mode.as_ref(), "--config".as_ref(), self.config.as_os_str()])
            .output()
            .expect("run")
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _gone = child.kill();
            let _status = child.wait();
        }
    }

    /// Ends the agent as systemd does, and returns whether it ended well.
    pub fn stop(&mut self) -> bool {
        let Some(mut child) = self.child.take() else { return false };
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("running");
        child.wait().expect("a status").success()
    }

    /// Returns `/status`, or null while the agent does not answer.
    pub async fn status(&self) -> Value {
        let response = reqwest::get(format!("http://127.0.0.1:{}/status", self.port)).await;
        match response {
            Ok(response) => serde_json::from_slice(&response.bytes().await.unwrap_or_default()).unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }

    pub async fn text(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("http://127.0.0.1:{}{path}", self.port)).await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("text"))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}
