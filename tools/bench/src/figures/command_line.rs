//! The command line: its size, and the time from its start to the end of its output of a list.
//!
//! The server answers at once, so the time of the request is that of two sockets of this machine.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::json;
use tokio::process::Command;

use crate::error::BenchError;
use crate::report::{Figure, Unit, ms, quantile};
use crate::server::{self, Answer, Server};

/// The longest median time of a list, in ms.
const LIST_BAR: f64 = 150.0;
/// The chatbots of the list: one page.
const CHATBOTS: usize = 100;

/// Answers every request with a page of chatbots.
struct Chatbots;

impl Answer for Chatbots {
    fn answer(&self, _: &Request<Bytes>) -> Response<Full<Bytes>> {
        let chatbot = |number: usize| {
            json!({
                "name": format!("chatbot-{number}"), "type": "institution", "institution": "bench",
                "uri": format!("https://chatbot-{number}.example.ee/messages"), "contact": "owner@example.ee",
                "versions": {"ruuter": "2.2.0"}, "status": "Online", "createdAt": "2026-11-28T09:00:00Z",
                "since": "2026-11-28T09:00:00Z",
            })
        };
        server::json(&json!({"chatbots": (0..CHATBOTS).map(chatbot).collect::<Vec<_>>()}))
    }
}

/// Measures the binary `program` and `runs` lists of it.
///
/// # Errors
/// When there is no binary, or it fails.
pub async fn measure(program: &Path, runs: usize) -> Result<Vec<Figure>, BenchError> {
    let unreadable = |reason| BenchError::File { path: program.to_owned(), reason };
    let bytes = program.metadata().map_err(unreadable)?.len();
    let server = Server::start(Arc::new(Chatbots)).await?;
    // A token without a signature: the server asks for none.
    let variables = [("CENTOPS_ADMIN", format!("http://{}", server.address)), ("CENTOPS_TOKEN", "bench".to_owned())];
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let mut command = Command::new(program);
        command.args(["get", "chatbots"]).env_clear().envs(variables.clone()).stdin(Stdio::null());
        let started = Instant::now();
        let output = command.output().await.map_err(unreadable)?;
        times.push(ms(started.elapsed()));
        let lines = String::from_utf8_lossy(&output.stdout).lines().count();
        if !output.status.success() || lines <= CHATBOTS {
            let reason = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(BenchError::Io(std::io::Error::other(format!("{lines} lines of output: {reason}"))));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "no binary has 2^53 bytes")]
    let mib = bytes as f64 / f64::from(1 << 20);
    Ok(vec![
        Figure::new("command line, size", mib, Unit::MiB),
        Figure::new("command line, list of 100, p50", quantile(&times, 50), Unit::Ms).at_most(LIST_BAR),
        Figure::new("command line, list of 100, p99", quantile(&times, 99), Unit::Ms),
    ])
}
