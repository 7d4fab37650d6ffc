//! The storm on Alertmanager from Debian's package, which groups by owner and posts to a webhook.
//!
//! The bench posts alerts as Prometheus does. Alertmanager keeps alerts in memory only, so those that it had at the kill
//! return with the next repetition.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, sleep_until};

use super::plan::{Plan, chatbot_name, owner_name, owner_of};
use super::sink::{Sender, Sink};
use super::{KILL, Outcome, Watch};
use crate::child::{CpuClock, peak_memory};
use crate::client::Client;
use crate::error::BenchError;

/// The interval of evaluations of rules.
const EVALUATION: Duration = Duration::from_secs(15);
/// The first evaluation. Prometheus spreads rule groups over the interval; this one is in the middle.
const FIRST_EVALUATION: Duration = Duration::from_millis(7500);
/// The time after which Prometheus repeats an alert that still fires: at the first evaluation that is later
/// (`--rules.alert.resend-delay`).
const RESEND_DELAY: Duration = Duration::from_mins(1);
/// The time after which an alert that is not repeated is resolved: four times [`RESEND_DELAY`].
const VALIDITY: SignedDuration = SignedDuration::from_mins(4);
/// The most alerts of one request of Prometheus.
const REQUEST_ALERTS: usize = 64;
/// The time within which Alertmanager starts.
const READY: Duration = Duration::from_secs(20);
/// The time limit until all owners have their messages: `group_interval` after the last first message of a group, and a
/// minute.
const LIMIT: Duration = Duration::from_mins(8);

/// A running Alertmanager. Dropping the value kills it and removes its data.
#[derive(Debug)]
struct Alertmanager {
    address: SocketAddr,
    data: TempDir,
    process: Child,
    clock: CpuClock,
    /// The CPU time of processes that were killed.
    used: Duration,
    memory: f64,
}

/// Runs the storm of `plan`.
///
/// # Errors
/// When Alertmanager is not installed, or a part of the bench fails.
pub async fn run(plan: &Plan, seed: u64) -> Result<Outcome, BenchError> {
    let sink = Sink::start(Sender::Alertmanager, seed).await?;
    let mut alertmanager = Alertmanager::start(sink.address())?;
    alertmanager.wait_until_ready().await?;
    let address = alertmanager.address;
    sink.begin();
    let start = Instant::now();
    let watch = Watch { name: "Alertmanager", sink: &sink, plan, limit: LIMIT };
    let restart = async {
        sleep_until(start + KILL).await;
        alertmanager.restart().await
    };
    let (complete, restarted) = tokio::select! {
        () = evaluate(plan, address, start) => (false, Ok(())),
        finished = async { tokio::join!(watch.until_quiet(), restart) } => finished,
    };
    restarted?;
    alertmanager.measure()?;
    let (cpu, memory) = (alertmanager.used, alertmanager.memory);
    Ok(Outcome { complete, summary: sink.summary(plan), cpu, memory, further: Vec::new() })
}

/// Posts the alerts of each evaluation, as Prometheus does, until the future is dropped.
async fn evaluate(plan: &Plan, address: SocketAddr, start: Instant) {
    let (began, mut last_sent) = (Timestamp::now(), BTreeMap::new());
    let mut elapsed = FIRST_EVALUATION;
    loop {
        sleep_until(start + elapsed).await;
        let due: Vec<_> = due(plan, &mut last_sent, elapsed);
        for alerts in due.chunks(REQUEST_ALERTS) {
            let alerts: Vec<_> =
                alerts.iter().map(|(chatbot, fired)| alert(*chatbot, began, *fired, elapsed)).collect();
            // Prometheus drops a request that fails, and repeats the alerts after the resend delay.
            let _ = post(address, &Value::from(alerts)).await;
        }
        elapsed += EVALUATION;
    }
}

/// The times at which alerts were first sent and last sent, by chatbot.
type Sent = BTreeMap<usize, (Duration, Duration)>;

/// Returns the alerts to send at the evaluation `now`, with the time at which they fired.
fn due(plan: &Plan, sent: &mut Sent, now: Duration) -> Vec<(usize, Duration)> {
    let mut due = Vec::new();
    for failure in plan.failures().iter().take_while(|failure| failure.at <= now) {
        let (fired, last) = sent.get(&failure.chatbot).copied().unwrap_or((now, Duration::ZERO));
        // As in Prometheus (rules/alerting.go, needsSending), the delay has to be over, not only reached.
        if fired == now || last + RESEND_DELAY < now {
            sent.insert(failure.chatbot, (fired, now));
            due.push((failure.chatbot, fired));
        }
    }
    due
}

fn alert(chatbot: usize, began: Timestamp, fired: Duration, now: Duration) -> Value {
    let time = |after: Duration| began + SignedDuration::try_from(after).unwrap_or_default();
    json!({
        "labels": {
            "alertname": "ChatbotOffline", "severity": "critical",
            "owner": owner_name(owner_of(chatbot)), "chatbot": chatbot_name(chatbot),
        },
        "annotations": {"summary": "The chatbot is offline."},
        "startsAt": time(fired),
        "endsAt": time(now) + VALIDITY,
        "generatorURL": "http://localhost/graph",
    })
}

async fn post(address: SocketAddr, alerts: &Value) -> Result<(), BenchError> {
    let mut client = Client::connect(address).await.map_err(std::io::Error::other)?;
    let posted = client.post("/api/v2/alerts", Bytes::from(alerts.to_string())).await.map_err(std::io::Error::other)?;
    if posted.status().is_success() {
        return Ok(());
    }
    Err(std::io::Error::other(format!("Alertmanager returned {}", posted.status())).into())
}

impl Alertmanager {
    /// Starts Alertmanager, which posts to `receiver`.
    fn start(receiver: SocketAddr) -> Result<Self, BenchError> {
        let data = tempfile::tempdir()?;
        // JSON is YAML.
        let config = json!({
            "route": {
                "receiver": "owners", "group_by": ["owner"],
                "group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h",
            },
            "receivers": [{
                "name": "owners",
                "webhook_configs": [{"url": format!("http://{receiver}/"), "send_resolved": false}],
            }],
        });
        fs::write(data.path().join("alertmanager.yml"), config.to_string())?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = spawn(&data, address)?;
        let clock = CpuClock::new(&process)?;
        Ok(Self { address, data, process, clock, used: Duration::ZERO, memory: 0.0 })
    }

    /// Waits until it takes alerts.
    async fn wait_until_ready(&self) -> Result<(), BenchError> {
        let started = Instant::now();
        while let Err(error) = post(self.address, &json!([])).await {
            if started.elapsed() > READY {
                return Err(error);
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Kills the process with SIGKILL, and starts it again with the same data.
    async fn restart(&mut self) -> Result<(), BenchError> {
        self.measure()?;
        self.process.kill().await?;
        self.process = spawn(&self.data, self.address)?;
        self.clock = CpuClock::new(&self.process)?;
        Ok(())
    }

    /// Adds the CPU time of the process, and takes its memory into account.
    fn measure(&mut self) -> Result<(), BenchError> {
        self.used += self.clock.used()?;
        self.memory = self.memory.max(peak_memory(&self.process)?);
        Ok(())
    }
}

fn spawn(data: &TempDir, address: SocketAddr) -> Result<Child, BenchError> {
    let mut command = Command::new("prometheus-alertmanager");
    command.arg(format!("--config.file={}", data.path().join("alertmanager.yml").display()));
    command.arg(format!("--storage.path={}", data.path().join("data").display()));
    command.arg(format!("--web.listen-address={address}"));
    // One instance: without an address it joins no cluster.
    command.arg("--cluster.listen-address=");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BenchError::MissingAlertmanager,
        _ => BenchError::Io(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alert_is_sent_at_the_evaluation_after_the_failure_and_repeated_after_more_than_a_minute() {
        let plan = Plan::new(1, 1);
        let failed = plan.failures()[0].at;
        let mut sent = Sent::new();
        let evaluations = (0..20).map(|number| FIRST_EVALUATION + EVALUATION * number);
        let sent: Vec<_> = evaluations.filter(|now| !due(&plan, &mut sent, *now).is_empty()).collect();
        assert!(sent[0] >= failed && sent[0] < failed + EVALUATION, "{failed:?} {sent:?}");
        assert!(sent.windows(2).all(|pair| pair[0] + Duration::from_secs(75) == pair[1]), "{sent:?}");
    }
}
