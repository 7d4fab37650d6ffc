//! The agent of a chatbot as a process: senders of OTLP before it, CentOps over mutual TLS behind it.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};
use support::agent::Agent;
use support::centops::Mode;
use support::component::Component;
use support::network::Network;
use support::nginx::free_port;
use support::wait_until;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(20);
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
/// Six records of the SDK for Python: debug, info, warning, critical, and two errors.
const PYTHON_GZIP: &[u8] = include_bytes!("../../../shared/otlp/tests/corpus/python-sdk.pb.gz");
const SECRET: &str = "Kasutaja 38001085718 kirjutas mari.maasikas@example.ee";

struct Fixture {
    folder: TempDir,
    network: Arc<Network>,
    agent: Agent,
    otlp: String,
    http: Client,
}

impl Fixture {
    /// Starts the agent. `sections` are added to its configuration.
    async fn start(content: &str, sections: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let network = Network::start(folder.path()).await;
        let (port, otlp_port) = (free_port(), free_port());
        let path = folder.path().display();
        fs::create_dir(folder.path().join("state")).expect("created");
        let text = format!(
            "network = \"{}\"\ncertificate = \"{path}/bot.pem\"\nkey = \"{path}/bot.key\"\n\
             authorities = \"{path}/ca.pem\"\nstate = \"{path}/state\"\nlisten = \"127.0.0.1:{port}\"\n\
             [otlp]\nlisten = \"127.0.0.1:{otlp_port}\"\ncontent = \"{content}\"\nflush_seconds = 0.2\n{sections}\n",
            network.url(),
        );
        let agent = Agent::with_config(folder.path(), "bot", port, &text);
        let otlp = format!("http://127.0.0.1:{otlp_port}/v1/logs");
        let http = Client::builder().no_proxy().build().expect("a client");
        let mut fixture = Self { folder, network, agent, otlp, http };
        fixture.run().await;
        fixture
    }

    async fn run(&mut self) {
        self.agent.start();
        wait_until("the agent answers", LIMIT, async || self.agent.status().await != Value::Null).await;
    }

    async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.http.post(&self.otlp).header("Content-Type", content_type);
        request.body(body).send().await.expect("an answer")
    }

    async fn wait_total(&self, total: u64) {
        wait_until("CentOps has all records", LIMIT, async || self.network.total() >= total).await;
        assert_eq!(self.network.total(), total);
    }

    /// Asserts that no file of the agent, and nothing that CentOps got, has `text`.
    fn assert_nowhere(&self, text: &str) {
        let received = self.network.received.lock().expect("not poisoned");
        assert!(received.bodies.iter().all(|body| !body.contains(text)), "sent: {text}");
        drop(received);
        assert_not_in_files(self.folder.path(), text);
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let text = fs::read_to_string(self.folder.path().join("agent.log")).unwrap_or_default();
            eprintln!("{}", text.lines().rev().take(8).collect::<Vec<_>>().join("\n"));
        }
    }
}

fn assert_not_in_files(folder: &Path, text: &str) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            assert_not_in_files(&path, text);
        } else {
            let bytes = fs::read(&path).expect("read");
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{}", path.display());
        }
    }
}

/// A request in JSON. `number` makes the records differ from those of other requests.
fn records(service: &str, number: u64, records: &[(u8, &str)]) -> Value {
    let nanos = (jiff::Timestamp::now().as_nanosecond() + i128::from(number)).to_string();
    let records: Vec<Value> = (records.iter())
        .map(|(severity, text)| json!({"timeUnixNano": nanos, "severityNumber": severity, "body": {"stringValue": text}}))
        .collect();
    json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeLogs": [{"logRecords": records}],
    }]})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_of_both_encodings_arrive_without_any_text() {
    let fixture = Fixture::start("counts", "").await;
    let response = fixture.post(PROTOBUF, PYTHON_GZIP).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &PROTOBUF.parse().expect("a value"))
    );
    assert_eq!(response.bytes().await.expect("a body").len(), 0, "an empty message");
    let body = records("Ruuter Public", 0, &[(9, SECRET), (17, SECRET), (17, "õ")]);
    let response = fixture.post(JSON, gzip(body.to_string().as_bytes())).await;
    assert_eq!((response.status().as_u16(), response.text().await.expect("a body")), (200, "{}".to_owned()));
    let personal = records("mari-38001085718", 0, &[(5, "x")]);
    assert_eq!(fixture.post(JSON, personal.to_string()).await.status(), 200);
    fixture.wait_total(10).await;
    let counts = fixture.network.received.lock().expect("not poisoned").counts.clone();
    let found = ["debug", "info", "warning", "critical", "error"].map(|level| counts.get(level).copied());
    assert_eq!(found, [2, 2, 1, 1, 4].map(Some));
    for text in ["38001085718", "mari.maasikas", "loading model", "out of memory"] {
        fixture.assert_nowhere(text);
    }
    // What was sent does not come again with the next counts.
    assert_eq!(fixture.post(JSON, records("tim", 1, &[(9, "x")]).to_string()).await.status(), 200);
    fixture.wait_total(11).await;
    wait_until("nothing waits", LIMIT, async || fixture.agent.status().await["reports"]["accepted"] == 11).await;
    let metrics = fixture.agent.text("/metrics").await.1;
    for line in ["records_received_total 11", "otlp_requests_total{status=\"200\"} 4", "records_pending 0"] {
        assert!(metrics.contains(&format!("centops_agent_{line}")), "{line}: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_is_sent_masked_where_it_is_chosen() {
    let fixture = Fixture::start("text", "").await;
    // A marker is longer than what it replaces: the text must still fit.
    let long = "a@b.ee ".repeat(1170);
    let body = records("ruuter", 0, &[(17, SECRET), (9, &long)]);
    assert_eq!(fixture.post(JSON, body.to_string()).await.status(), 200);
    fixture.wait_total(2).await;
    let logs = fixture.network.received.lock().expect("not poisoned").logs.clone();
    assert_eq!(logs[0]["level"], "error");
    assert_eq!(logs[0]["message"], "Kasutaja [personal code] kirjutas [e-mail]");
    assert_eq!(logs[1]["message"].as_str().expect("text").chars().count(), 8192);
    for text in ["38001085718", "mari.maasikas", "a@b.ee"] {
        fixture.assert_nowhere(text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_statuses_in_the_encoding_of_the_request() {
    let fixture = Fixture::start("counts", "").await;
    let bomb = gzip(&vec![b' '; 5 << 20]);
    let large = vec![b' '; (4 << 20) + 1];
    let cases: [(&str, Vec<u8>, u16); 6] = [
        ("text/plain", b"x".to_vec(), 415),
        (JSON, b"{".to_vec(), 400),
        (PROTOBUF, vec![0xff; 10], 400),
        (PROTOBUF, vec![0x1f, 0x8b, 0, 0], 400),
        (JSON, bomb, 413),
        (PROTOBUF, large.clone(), 413),
    ];
    for (content_type, body, expected) in cases {
        let response = fixture.post(content_type, body).await;
        assert_eq!(response.status().as_u16(), expected, "{content_type}");
        let encoding = if content_type == PROTOBUF { PROTOBUF } else { JSON };
        assert_eq!(response.headers()["content-type"], encoding);
        let body = response.bytes().await.expect("a body");
        if encoding == JSON {
            let status: Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!((&status["code"], status["message"].is_string()), (&json!(3), true));
        } else {
            let status = <centops_otlp::Status as prost::Message>::decode(body).expect("a status");
            assert_eq!((status.code, status.message.is_empty()), (3, false));
        }
    }
    let chunks = futures_of(large);
    let sent = fixture.http.post(&fixture.otlp).header("Content-Type", JSON).body(chunks).send().await;
    assert_eq!(sent.expect("an answer").status(), 413, "without a declared length");
    let packed = fixture.http.post(&fixture.otlp).header("Content-Type", JSON).header("Content-Encoding", "br");
    assert_eq!(packed.body("x").send().await.expect("an answer").status(), 415);
    assert_eq!(fixture.http.get(&fixture.otlp).send().await.expect("an answer").status(), 405);
    let traces = fixture.otlp.replace("logs", "traces");
    assert_eq!(fixture.http.post(traces).body("{}").send().await.expect("an answer").status(), 404);
    assert_eq!(fixture.network.total(), 0);
}

/// A body without a declared length.
fn futures_of(bytes: Vec<u8>) -> reqwest::Body {
    struct Undeclared(http_body_util::Full<bytes::Bytes>);
    impl hyper::body::Body for Undeclared {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            std::pin::Pin::new(&mut self.0).poll_frame(context)
        }
    }
    reqwest::Body::wrap(Undeclared(http_body_util::Full::from(bytes)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_the_future_are_named_and_the_others_are_taken() {
    let fixture = Fixture::start("counts", "").await;
    let mut body = records("tim", 0, &[(9, "now"), (9, "later")]);
    body["resourceLogs"][0]["scopeLogs"][0]["logRecords"][1]["timeUnixNano"] = json!("4000000000000000000");
    let response = fixture.post(JSON, body.to_string()).await;
    assert_eq!(response.status(), 200);
    let answer: Value = serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON");
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1", "{answer}");
    fixture.wait_total(1).await;
    let counted = fixture.network.received.lock().expect("not poisoned").bodies.clone();
    assert!(!counted[0].contains("component"), "{counted:?}");
    let status = fixture.agent.status().await;
    assert_eq!((&status["relay"]["received"], &status["relay"]["rejected"]), (&json!(2), &json!(1)));
    // The same bytes again: the sender lost the answer.
    assert_eq!(fixture.post(JSON, body.to_string()).await.status(), 200);
    assert_eq!(fixture.agent.status().await["relay"]["repeatedRequests"], 1);
    assert_eq!(fixture.post(JSON, "{}").await.status(), 200, "no records are no error");
    fixture.wait_total(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_spool_is_answered_503_until_centops_is_back() {
    let fixture = Fixture::start("text", "[spool]\nmax_bytes = 2000").await;
    fixture.network.set_mode(Mode::Throttle);
    let text = "x".repeat(500);
    let mut taken = 0;
    let refused = loop {
        let response = fixture.post(JSON, records("tim", taken, &[(9, &text)]).to_string()).await;
        if response.status() != 200 {
            break response;
        }
        taken += 1;
    };
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"30".parse().expect("a value")));
    assert_eq!(taken, 3, "batches of some 600 bytes");
    let status: Value = serde_json::from_slice(&refused.bytes().await.expect("a body")).expect("JSON");
    assert_eq!(status["code"], 14);
    assert_eq!(fixture.agent.text("/healthz").await.0, 503);
    fixture.network.set_mode(Mode::Accept);
    fixture.wait_total(taken).await;
    assert_eq!(fixture.post(JSON, records("tim", 9, &[(9, &text)]).to_string()).await.status(), 200);
    fixture.wait_total(taken + 1).await;
    assert_eq!(fixture.agent.text("/healthz").await.0, 200);
}

/// The sender repeats a request until it gets an answer, as SDKs do.
async fn send_until_taken(http: &Client, url: &str, body: &str) {
    loop {
        let sent = http.post(url).header("Content-Type", JSON).body(body.to_owned()).send().await;
        match sent {
            Ok(response) if response.status() == 200 => return,
            Ok(response) => assert_eq!(response.status(), 503),
            // The agent was killed and starts again.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn each_record_counts_once_through_kills_and_lost_answers(content: &str) {
    const SENDERS: u64 = 4;
    const REQUESTS: u64 = 60;
    let mut fixture = Fixture::start(content, "").await;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (http, url) = (fixture.http.clone(), fixture.otlp.clone());
            tokio::spawn(async move {
                for request in 0..REQUESTS {
                    let body = records("ruuter", sender * REQUESTS + request, &[(9, "a"), (17, "b"), (13, "c")]);
                    send_until_taken(&http, &url, &body.to_string()).await;
                }
            })
        })
        .collect();
    for mode in [Mode::LoseAnswers, Mode::Accept, Mode::Unavailable, Mode::Throttle, Mode::LoseAnswers, Mode::Accept] {
        fixture.network.set_mode(mode);
        let before = fixture.agent.status().await["relay"]["received"].as_u64().expect("a count");
        wait_until("more records are taken", LIMIT, async || {
            fixture.agent.status().await["relay"]["received"].as_u64()
                >= Some((before + 60).min(SENDERS * REQUESTS * 3))
        })
        .await;
        fixture.agent.kill();
        fixture.run().await;
    }
    for sender in senders {
        sender.await.expect("sent");
    }
    fixture.wait_total(SENDERS * REQUESTS * 3).await;
    wait_until("nothing waits", LIMIT, async || fixture.agent.status().await["reports"]["waiting"] == 0).await;
    fixture.wait_total(SENDERS * REQUESTS * 3).await;
    let status = fixture.agent.status().await;
    assert_eq!(status["relay"]["received"], SENDERS * REQUESTS * 3);
    assert_eq!(status["reports"]["accepted"], SENDERS * REQUESTS * 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_count_arrives_once_through_kills_and_lost_answers() {
    each_record_counts_once_through_kills_and_lost_answers("counts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_text_arrives_once_through_kills_and_lost_answers() {
    each_record_counts_once_through_kills_and_lost_answers("text").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_that_wait_are_sent_when_the_agent_is_stopped() {
    let mut fixture = Fixture::start("counts", "").await;
    assert_eq!(fixture.post(JSON, records("tim", 0, &[(9, "a")]).to_string()).await.status(), 200);
    assert!(fixture.agent.stop());
    assert_eq!(fixture.network.total(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_are_reported_when_they_change_and_never_without_a_component() {
    let (ruuter, tim) = (Component::start("v2.1.0").await, Component::start("1.4.0-rc.1").await);
    tim.break_down();
    let sections = format!(
        "[versions]\ninterval_seconds = 0.05\n\
         [[versions.parts]]\ncomponent = \"ruuter\"\nurl = \"http://127.0.0.1:{}/healthz\"\n\
         [[versions.parts]]\ncomponent = \"tim\"\nurl = \"http://127.0.0.1:{}/healthz\"\n",
        ruuter.port, tim.port
    );
    let mut fixture = Fixture::start("counts", &sections).await;
    let network = Arc::clone(&fixture.network);
    let reports = || network.received.lock().expect("not poisoned").versions.clone();
    let rounds = async |count: u64| {
        let goal = tim.asked() + count;
        wait_until("tim is asked", LIMIT, async || tim.asked() >= goal).await;
    };
    rounds(3).await;
    assert_eq!(reports(), [Value::Null; 0], "tim has never answered");
    let (status, text) = fixture.agent.text("/healthz").await;
    assert!(status == 503 && text.contains("tim has never answered"), "{text}");
    tim.set("1.4.0-rc.1");
    let first = json!({"ruuter": "2.1.0", "tim": "1.4.0-rc.1"});
    wait_until("the versions are reported", LIMIT, async || reports() == [first.clone()]).await;
    tim.break_down();
    rounds(3).await;
    assert_eq!(reports(), std::slice::from_ref(&first), "unchanged");
    ruuter.set("v2.2.0");
    let second = json!({"ruuter": "2.2.0", "tim": "1.4.0-rc.1"});
    wait_until("the change is reported", LIMIT, async || reports().last() == Some(&second)).await;
    // A restart while tim is away: its version is known from before.
    fixture.agent.kill();
    fixture.network.set_mode(Mode::Unavailable);
    fixture.run().await;
    rounds(3).await;
    assert_eq!(fixture.agent.text("/healthz").await.0, 503, "CentOps does not take them");
    fixture.network.set_mode(Mode::Accept);
    wait_until("they are reported again", LIMIT, async || reports().len() == 3).await;
    assert_eq!(reports(), [first, second.clone(), second]);
    assert_eq!(fixture.agent.text("/healthz").await.0, 200);
}

#[tokio::test]
async fn check_names_what_is_wrong() {
    let fixture = Fixture::start("counts", "").await;
    let checked = fixture.agent.check();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    fs::write(fixture.folder.path().join("bot.key"), "no key").expect("written");
    let refused = fixture.agent.check();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("certificate"));
}
