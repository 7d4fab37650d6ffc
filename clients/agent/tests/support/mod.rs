//! A real nginx, a real agent, and the remote ends: CentOps, chatbots, a name server.
#![allow(dead_code, reason = "each test program uses a part")]

pub mod agent;
pub mod bots;
pub mod centops;
pub mod component;
pub mod dns;
pub mod network;
pub mod nginx;

use std::future::Future;
use std::io::Write;
use std::time::{Duration, Instant};

/// Returns whether nginx is installed. Prints a line if it is not; an error with `CENTOPS_REQUIRE_NGINX=1`.
pub fn has_nginx() -> bool {
    let found = std::process::Command::new("nginx").arg("-v").output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(std::env::var_os("CENTOPS_REQUIRE_NGINX").is_none(), "nginx is not installed, but required");
        // Not by eprintln, which a passing test does not show.
        let line = "SKIPPED: nginx is not installed (apt-get install nginx-light)\n";
        std::io::stderr().write_all(line.as_bytes()).expect("written");
    }
    found
}

/// Waits until `condition` holds.
pub async fn wait_until<F: Future<Output = bool>>(what: &str, limit: Duration, mut condition: impl FnMut() -> F) {
    let deadline = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < deadline, "not in {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
