//! nginx with the sample configuration of `package/`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

const HTTP: &str = include_str!("../../package/nginx-http.conf");
const LOCATION: &str = include_str!("../../package/nginx-location.conf");

pub struct Nginx {
    pub folder: PathBuf,
    pub port: u16,
    /// The port whose location has `proxy_ignore_client_abort off`.
    pub impatient_port: u16,
    pub revision_port: u16,
    child: Option<Child>,
}

/// Returns a port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

impl Nginx {
    /// Writes the configuration. `resolver` is the port of the name server.
    pub fn new(folder: &Path, resolver: u16) -> Self {
        let (port, impatient_port, revision_port) = (free_port(), free_port(), free_port());
        let map = folder.join("routes.map");
        let log = folder.join("centops.log");
        let http = HTTP
            .replace("/var/lib/centops/routes.map", &map.display().to_string())
            .replace("127.0.0.1:8085", &format!("127.0.0.1:{revision_port}"));
        let location = LOCATION
            .replace("/var/log/nginx/centops.log", &log.display().to_string())
            .replace("resolver 127.0.0.53 valid=30s", &format!("resolver 127.0.0.1:{resolver} valid=1s ipv6=off"))
            .replace("buffer=64k flush=1s", "buffer=64k flush=200ms");
        let impatient = location.replace("proxy_ignore_client_abort on", "proxy_ignore_client_abort off");
        let user = if fs::metadata(folder).is_ok_and(|metadata| metadata.uid() == 0) { "user root;" } else { "" };
        let folder_text = folder.display();
        let text = format!(
            "{user}\ndaemon off;\nworker_processes 2;\nworker_shutdown_timeout 30s;\npid {folder_text}/nginx.pid;\n\
             error_log {folder_text}/error.log warn;\nworker_rlimit_nofile 8192;\nevents {{ worker_connections 4096; }}\n\
             http {{\naccess_log off;\nclient_max_body_size 1k;\nkeepalive_requests 10000000;\n\
             client_body_temp_path {folder_text}/body;\nproxy_temp_path {folder_text}/proxy;\n\
             fastcgi_temp_path {folder_text}/f;\nuwsgi_temp_path {folder_text}/u;\nscgi_temp_path {folder_text}/s;\n\
             {http}\nserver {{ listen 127.0.0.1:{port}; {location} }}\n\
             server {{ listen 127.0.0.1:{impatient_port}; {impatient} }}\n}}\n"
        );
        fs::write(folder.join("nginx.conf"), text).expect("written");
        Self { folder: folder.to_owned(), port, impatient_port, revision_port, child: None }
    }

    /// The arguments that test the configuration.
    pub fn test_command(&self) -> Vec<String> {
        vec![
            "nginx".into(),
            "-t".into(),
            "-q".into(),
            "-c".into(),
            self.folder.join("nginx.conf").display().to_string(),
        ]
    }

    pub fn start(&mut self) {
        let child = Command::new("nginx")
            .args(["-c".as_ref(), self.folder.join("nginx.conf").as_os_str()])
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("nginx"));
    }

    /// Kills the master and its workers: they are one process group.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _gone = killpg(pid(&child), Signal::SIGKILL);
            let _status = child.wait();
        }
    }

    pub fn reopen_logs(&self) {
        if let Some(child) = &self.child {
            kill(pid(child), Signal::SIGUSR1).expect("running");
        }
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("centops.log")
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/messages", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.kill();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a pid"))
}
