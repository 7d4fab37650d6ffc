//! The storm on `CentOps`: the functions between the stream of the table and the webhooks of the owners.
//!
//! The bench plays the services that start functions: the stream, SQS, and the schedule of each minute. The table and the
//! queues stand for AWS's own services: the kill ends the functions only.

use std::sync::Arc;
use std::time::Duration;

use centops_domain::alerts::{Event, EventKind};
use centops_domain::health::{Cause, CheckReason};
use centops_store::alerts::EVENT_ATTRIBUTE;
use centops_table::Table;
use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::plan::{Failure, Plan, chatbot_name};
use super::pool::Pool;
use super::services::{QueueName, Services};
use super::sink::{Sender, Sink};
use super::template::QueueSettings;
use super::{KILL, Outcome, Watch, count, seed};
use crate::bench::Bench;
use crate::child::ChildServer;
use crate::error::BenchError;
use crate::report::Unit;
use crate::table;
use crate::tls_proxy::TlsProxy;

/// The most records of the stream in one invocation: `BatchSize` of the function `announce`.
const STREAM_BATCH: usize = 100;
/// The time between two reads of a shard of the stream, which Lambda makes four times a second.
const STREAM_POLL: Duration = Duration::from_millis(250);
/// The invocations at once of a queue's function. Lambda begins with five, and adds more for a growing queue.
const INVOCATIONS: usize = 5;
/// The time within which `fan-out` has an invocation.
const BUSY_WITHIN: Duration = Duration::from_secs(5);
/// The time limit until all owners have their messages.
const LIMIT: Duration = Duration::from_mins(4);

/// The services and functions of one run.
struct Run {
    services: Services,
    pool: Pool,
}

/// The part of a partial batch response that SQS and the stream read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchResponse {
    batch_item_failures: Vec<ItemFailure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: String,
}

/// Runs the storm of `plan`.
///
/// # Errors
/// When a part of the bench fails.
pub async fn run(bench: &Bench, plan: &Plan, seed: u64) -> Result<Outcome, BenchError> {
    let server = table::start_empty().await?;
    let sink = Sink::start(Sender::CentOps, seed).await?;
    let tls = TlsProxy::start(sink.address()).await.map_err(std::io::Error::other)?;
    let enrolled = seed::enrolled_at(Timestamp::now());
    println!("storm: filling the table with {} chatbots", plan.chatbots());
    seed::fill(&Table::at(server.address), plan, tls.port, enrolled).await?;
    let services = Services::start().await?;
    let pool = Pool::new(bench, environment(bench, &server, &services, &tls));
    let run = Arc::new(Run { services, pool });
    let table_before = server.cpu.used()?;
    sink.begin();
    let mut sources = Sources::start(&run)?;
    let watch = Watch { name: "CentOps", sink: &sink, plan, limit: LIMIT };
    let (fed, killed, complete) =
        tokio::join!(sources.feed(plan, enrolled), kill(&run.pool, Instant::now() + KILL), watch.until_quiet());
    fed?;
    let lost = killed?;
    let usage = run.pool.usage()?;
    let table_cpu = server.cpu.used()?.saturating_sub(table_before);
    let further = vec![
        ("CPU of the table", table_cpu.as_secs_f64(), Unit::Seconds),
        ("processes started", count(usage.processes), Unit::Count),
        ("invocations lost by the kill", count(lost), Unit::Count),
        ("events received again", count(run.services.redelivered(QueueName::Events)), Unit::Count),
        ("wake-ups received again", count(run.services.redelivered(QueueName::Notifications)), Unit::Count),
    ];
    Ok(Outcome { complete, summary: sink.summary(plan), cpu: usage.cpu, memory: usage.memory, further })
}

/// Kills all processes at `at`, or when `fan-out` next has an invocation: a kill between two invocations loses nothing.
/// Returns the number of lost invocations.
async fn kill(pool: &Pool, at: Instant) -> Result<usize, BenchError> {
    sleep_until(at).await;
    while !pool.is_busy("fan-out") && at.elapsed() < BUSY_WITHIN {
        sleep(Duration::from_millis(1)).await;
    }
    pool.kill().await
}

/// Returns the environment of the functions, as `template.yaml` sets it.
fn environment(
    bench: &Bench,
    server: &ChildServer,
    services: &Services,
    tls: &TlsProxy,
) -> Vec<(&'static str, String)> {
    let mut environment = bench.environment(&format!("http://{}", server.address));
    let address = format!("http://{}", services.address());
    environment.extend([
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", address.clone()),
        ("AWS_ENDPOINT_URL_SQS", address),
        ("EVENTS_QUEUE", services.url(QueueName::Events)),
        ("HEARTBEAT_URL", String::new()),
        ("INCIDENTS_QUEUE", services.url(QueueName::Incidents)),
        ("MAIL_CONFIGURATION_SET", String::new()),
        ("NOTIFICATIONS_QUEUE", services.url(QueueName::Notifications)),
        ("NOTIFICATION_SECRET_ARN", "bench".to_owned()),
        ("NOTIFICATION_SENDER", "centops@example.ee".to_owned()),
        // The receiver is on this machine.
        ("PROBE_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ("PUBLIC_ADDRESS", "https://console.example.ee".to_owned()),
        // Without a release, nothing is sent to it.
        ("RELEASES_QUEUE", "bench".to_owned()),
        ("SMS_BUDGET", "100".to_owned()),
        // The roots of the HTTP client of webhooks.
        ("SSL_CERT_FILE", tls.roots().display().to_string()),
        ("TOPIC_DEAD_LETTERS", "bench".to_owned()),
        ("TOPIC_PREFIX", "bench-to-".to_owned()),
    ]);
    environment
}

/// The sources that start functions: the stream, the queues and the schedule. Dropping the value stops it.
struct Sources {
    records: mpsc::UnboundedSender<Value>,
    _tasks: JoinSet<()>,
}

impl Sources {
    fn start(run: &Arc<Run>) -> Result<Self, BenchError> {
        let mut tasks = JoinSet::new();
        let (records, received) = mpsc::unbounded_channel();
        tasks.spawn(Arc::clone(run).read_stream(received));
        tasks.spawn(Arc::clone(run).sweep());
        for (queue, function) in [(QueueName::Events, "fan-out"), (QueueName::Notifications, "deliver-notifications")] {
            let settings = QueueSettings::read(queue.logical_id())?;
            for _ in 0..settings.concurrency.min(INVOCATIONS) {
                tasks.spawn(Arc::clone(run).consume(queue, function, settings.batch_size));
            }
        }
        Ok(Self { records, _tasks: tasks })
    }

    /// Writes the event of each failure of `plan` to the stream at its time.
    async fn feed(&mut self, plan: &Plan, enrolled: Timestamp) -> Result<(), BenchError> {
        let (start, began) = (Instant::now(), Timestamp::now());
        for (sequence, failure) in plan.failures().iter().enumerate() {
            sleep_until(start + failure.at).await;
            let at = began + SignedDuration::try_from(failure.at).map_err(std::io::Error::other)?;
            let record = record(failure, sequence, at, enrolled)?;
            self.records.send(record).map_err(std::io::Error::other)?;
        }
        Ok(())
    }
}

/// Returns the record of the stream that has the event of `failure`.
fn record(failure: &Failure, sequence: usize, at: Timestamp, enrolled: Timestamp) -> Result<Value, BenchError> {
    let name = chatbot_name(failure.chatbot);
    let chatbot = name.parse().map_err(|_| std::io::Error::other(format!("{name} is no name")))?;
    let kind = EventKind::ChatbotOffline { chatbot, cause: Cause::Unanswered(CheckReason::Silence) };
    let event = Event { id: format!("{name}-1"), at, quiet: false, kind };
    let event = serde_json::to_string(&event).map_err(std::io::Error::other)?;
    let pk = format!("EVENTS#{name}#{}", enrolled.as_millisecond());
    let item = json!({
        "SequenceNumber": sequence.to_string(),
        "Keys": {"pk": {"S": pk}},
        "NewImage": {EVENT_ATTRIBUTE: {"S": event}},
    });
    Ok(json!({"eventName": "INSERT", "dynamodb": item}))
}

impl Run {
    /// Hands the records of the stream to `announce`, in order. A batch that fails is repeated, and the others wait.
    async fn read_stream(self: Arc<Self>, mut records: mpsc::UnboundedReceiver<Value>) {
        let mut batch = Vec::new();
        while records.recv_many(&mut batch, STREAM_BATCH).await > 0 {
            let event = Bytes::from(json!({"Records": batch}).to_string());
            while self.failures("announce", event.clone()).await.is_none_or(|failures| !failures.is_empty()) {
                sleep(STREAM_POLL).await;
            }
            batch.clear();
            sleep(STREAM_POLL).await;
        }
    }

    /// Invokes `sweep-notifications` each minute.
    async fn sweep(self: Arc<Self>) {
        let mut minutes = interval(Duration::from_mins(1));
        minutes.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            minutes.tick().await;
            let event = json!({"source": "aws.scheduler"}).to_string();
            self.pool.invoke("sweep-notifications", Bytes::from(event)).await;
        }
    }

    /// Hands the messages of `queue` to `function`, one batch after the other. Deletes those that succeeded.
    async fn consume(self: Arc<Self>, queue: QueueName, function: &'static str, batch_size: usize) {
        loop {
            let batch = self.services.receive(queue, batch_size).await;
            let records: Vec<_> = batch.iter().map(|one| json!({"messageId": one.id, "body": one.body})).collect();
            let event = Bytes::from(json!({"Records": records}).to_string());
            let Some(failures) = self.failures(function, event).await else { continue };
            for received in batch.iter().filter(|received| !failures.contains(&received.id)) {
                self.services.delete(queue, received);
            }
        }
    }

    /// Invokes `function` with a batch. Returns the ids of the items that failed; none if the invocation failed.
    async fn failures(&self, function: &'static str, event: Bytes) -> Option<Vec<String>> {
        let response = self.pool.invoke(function, event).await?;
        let response: BatchResponse = serde_json::from_slice(&response).ok()?;
        Some(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_has_the_event_and_the_enrolment_of_the_chatbot() {
        let at = Timestamp::from_second(1_790_000_060).unwrap();
        let enrolled = seed::enrolled_at(Timestamp::from_second(1_790_003_600).unwrap());
        let record = record(&Failure { at: Duration::ZERO, chatbot: 12 }, 3, at, enrolled).unwrap();
        let item = &record["dynamodb"];
        assert_eq!(item["Keys"]["pk"]["S"], "EVENTS#bot-00012#1790000000000");
        let event = centops_store::alerts::parse_event(item["NewImage"]["event"]["S"].as_str().unwrap()).unwrap();
        assert_eq!((event.id.as_str(), event.at), ("bot-00012-1", at));
    }
}
