//! Measurements that take minutes: `cargo test -p centops-agent --test proof -- --ignored --nocapture --test-threads=1`.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::agent::{Agent, binary};
use support::centops::{CentOps, Mode};
use support::dns::Dns;
use support::nginx::Nginx;
use support::{has_nginx, wait_until};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_mins(1);

struct Rig {
    folder: TempDir,
    centops: Arc<CentOps>,
    nginx: Nginx,
    agent: Agent,
}

impl Rig {
    /// `key_hold` is the time for which CentOps recognises a key.
    async fn new(key_hold: Duration, extra: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let centops = CentOps::start(key_hold).await;
        let dns = Dns::start().await;
        let nginx = Nginx::new(folder.path(), dns.port);
        // The chatbots of measurements: nginx itself answers, by the last digit of the path.
        let conf = folder.path().join("nginx.conf");
        let text = fs::read_to_string(&conf).expect("a configuration");
        let port = support::nginx::free_port();
        fs::write(folder.path().join("bots"), port.to_string()).expect("written");
        let bots = format!(
            "server {{ listen 127.0.0.1:{port} backlog=4096; location ~ 7$ {{ return 500; }} location / {{ return 200 ok; }} }}\n}}\n"
        );
        let text = text.trim_end().strip_suffix('}').expect("an end").to_owned() + &bots;
        fs::write(&conf, text).expect("written");
        let agent = Agent::new(folder.path(), &nginx, &centops, extra);
        Self { folder, centops, nginx, agent }
    }

    fn bots(&self) -> String {
        let port = fs::read_to_string(self.folder.path().join("bots")).expect("a port");
        format!("http://127.0.0.1:{port}")
    }

    async fn start(&mut self) {
        self.agent.start();
        let map = self.folder.path().join("routes.map");
        wait_until("the agent writes a map", LIMIT, async || map.exists()).await;
        self.nginx.start();
        self.wait_served().await;
    }

    async fn wait_served(&self) {
        let revision = self.centops.network.lock().expect("not poisoned").revision();
        wait_until("nginx serves the newest routes", LIMIT, async || {
            self.agent.status().await["nginx"]["servedRevision"] == json!(revision)
        })
        .await;
    }
}

/// A million lines, 20 rotations, 20 kills of the agent and of nginx, CentOps away in four ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn ledger() {
    if !has_nginx() {
        return;
    }
    // A kill of nginx loses the lines in its buffers: a million remain.
    let messages: u64 = std::env::var("PROOF_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_020_000);
    let away = away();
    let key_life = away.as_secs_f64() * 0.45;
    let limits = format!("[spool]\nkey_life_seconds = {key_life}\nmax_age_seconds = 36000.0");
    let mut rig = Rig::new(away / 2, &limits).await;
    for index in 0..1000 {
        rig.centops.put(&format!("bot-{index}"), &format!("{}/bot-{index}", rig.bots()));
    }
    rig.start().await;
    let started = Instant::now();
    let sent = Arc::new(AtomicU64::new(0));
    let port = rig.nginx.port;
    let load: Vec<_> = (0..4).map(|_| tokio::spawn(send_messages(port, Arc::clone(&sent), messages))).collect();
    let modes = [Mode::Throttle, Mode::Unavailable, Mode::LoseAnswers];
    for step in 1..=20_u64 {
        let goal = messages * step / 21;
        wait_until("messages are sent", Duration::from_mins(10), async || sent.load(Ordering::Relaxed) >= goal).await;
        wait_until("nginx has its log", LIMIT, async || rig.nginx.log().exists()).await;
        fs::rename(rig.nginx.log(), rig.folder.path().join(format!("centops.log.{step:02}"))).expect("rotated");
        rig.nginx.reopen_logs();
        rig.agent.kill();
        if step.is_multiple_of(5) {
            // Away: first refused connections, then the other ways.
            rig.centops.disconnect();
            if step == 10 {
                tokio::time::sleep(away).await;
            }
        } else if step % 5 == 1 && step > 1 {
            rig.centops.connect().await;
            rig.centops.set_mode(modes[usize::try_from(step / 5 - 1).expect("small") % modes.len()]);
        } else if step % 5 == 2 {
            rig.centops.set_mode(Mode::Accept);
        }
        rig.agent.start();
        rig.nginx.kill();
        rig.nginx.start();
    }
    for task in load {
        task.await.expect("sent");
    }
    // An outage of ten simulated minutes with lost answers: keys expire in it.
    rig.centops.connect_again().await;
    rig.centops.set_mode(Mode::LoseAnswers);
    tokio::time::sleep(away).await;
    rig.centops.set_mode(Mode::Accept);
    let lines = count_lines(rig.folder.path());
    wait_reported(&rig, lines.values().sum()).await;
    let status = rig.agent.status().await;
    print_ledger(&rig, &status, &lines, started.elapsed());
}

async fn wait_reported(rig: &Rig, total: u64) {
    wait_until("all lines are reported", Duration::from_mins(3), async || {
        let status = rig.agent.status().await;
        status["log"]["lines"] == json!(total) && status["reports"]["waiting"] == json!(0) && settled(&status) == total
    })
    .await;
}

/// Returns the length of an outage of CentOps. One second stands for a hundred: keys hold 3 s instead of five minutes, and an
/// outage of ten minutes takes 6 s. With `PROOF_AWAY_SECONDS=600` the times are the real ones.
fn away() -> Duration {
    let given = std::env::var("PROOF_AWAY_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs_f64(given.unwrap_or(6.0))
}

/// Returns the lines that are accepted, dropped by name, or not to be reported.
fn settled(status: &Value) -> u64 {
    let sum = |value: &Value| value.as_object().map_or(0, |counts| counts.values().filter_map(Value::as_u64).sum());
    let reports = &status["reports"];
    reports["accepted"].as_u64().unwrap_or_default() + sum(&reports["dropped"]) + sum(&status["log"]["ignored"])
}

fn print_ledger(rig: &Rig, status: &Value, lines: &BTreeMap<(String, String), u64>, elapsed: Duration) {
    let total: u64 = lines.values().sum();
    let received = rig.centops.counts.lock().expect("not poisoned").clone();
    let (accepted, dropped) = (&status["reports"]["accepted"], &status["reports"]["dropped"]);
    println!("ledger: {total} lines in {} s, 20 rotations, 20 kills of the agent, 20 of nginx", elapsed.as_secs());
    println!("  accepted {accepted}, dropped {dropped}, not reported {}", status["log"]["ignored"]);
    println!(
        "  received by CentOps {}, doubled {}",
        rig.centops.total(),
        rig.centops.doubled.lock().expect("not poisoned")
    );
    println!("  lost files {}, truncated {}", status["log"]["lostFiles"], status["log"]["truncated"]);
    assert_eq!(settled(status), total);
    assert_eq!(*rig.centops.doubled.lock().expect("not poisoned"), 0);
    // No chatbot has more of an outcome than its lines. What is missing was dropped by name.
    let mut missing = 0;
    for (key, count) in lines.iter().filter(|((name, _), _)| !name.is_empty()) {
        let reported = received.get(key).copied().unwrap_or_default();
        assert!(reported <= *count, "{key:?}: {reported} reported of {count}");
        missing += count - reported;
    }
    assert!(received.keys().all(|key| lines.contains_key(key)));
    let dropped: u64 = dropped.as_object().expect("counts").values().filter_map(Value::as_u64).sum();
    println!("  lines that CentOps lacks {missing}, dropped by name {dropped}");
    assert!(missing <= dropped, "{missing} of {dropped}");
    assert_eq!((&status["log"]["lostFiles"], &status["log"]["truncated"]), (&json!(0), &json!(0)));
}

/// Counts the lines of all log files by chatbot and outcome, independently of the agent.
fn count_lines(folder: &Path) -> BTreeMap<(String, String), u64> {
    let mut counts = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("centops.log")) {
            continue;
        }
        let reader = std::io::BufReader::new(fs::File::open(path).expect("a file"));
        for line in reader.split(b'\n') {
            let line: Value = serde_json::from_slice(&line.expect("read")).unwrap_or_default();
            let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            let outcome = match (text("hit").as_str(), text("uht").as_str(), text("us").as_str()) {
                ("1", "-", "502") => "connection".to_owned(),
                ("1", "-", "504") => "timeout".to_owned(),
                ("1", "-" | "", _) => String::new(),
                ("1", _, status) => status.to_owned(),
                _ => String::new(),
            };
            let name = if outcome.is_empty() { String::new() } else { text("to") };
            *counts.entry((name, outcome)).or_default() += 1;
        }
    }
    counts
}

/// Sends messages over kept connections, many at a time, until `total` were sent by all.
async fn send_messages(port: u16, sent: Arc<AtomicU64>, total: u64) {
    const AT_ONCE: u64 = 32;
    'connection: loop {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
            // nginx was killed and starts again.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let first = sent.fetch_add(AT_ONCE, Ordering::Relaxed);
            if first >= total {
                return;
            }
            let request = |index: u64| {
                format!(
                    "POST /messages HTTP/1.1\r\nHost: x\r\nX-Send-To: bot-{}\r\nContent-Length: 2\r\n\r\n{{}}",
                    index % 1000
                )
            };
            let requests: String = (first..first + AT_ONCE).map(request).collect();
            if stream.write_all(requests.as_bytes()).await.is_err() {
                continue 'connection;
            }
            let mut answers = 0;
            while answers < AT_ONCE {
                match tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer)).await {
                    Ok(Ok(length)) if length > 0 => {
                        let answered = buffer[..length].windows(9).filter(|window| window == b"HTTP/1.1 ").count();
                        answers += answered as u64;
                    }
                    _ => continue 'connection,
                }
            }
        }
    }
}

/// 100,000 routes: the time from a poll to new workers, and the reloads in a storm of changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn reloads() {
    if !has_nginx() {
        return;
    }
    let mut rig = Rig::new(Duration::from_mins(5), "").await;
    for index in 0..100_000 {
        rig.centops.put(&format!("bot-{index}"), &format!("https://bot-{index}.example.ee/messages"));
    }
    rig.start().await;
    let mut times = Vec::new();
    for round in 0..5 {
        // The interval between reloads must not count.
        tokio::time::sleep(Duration::from_secs(21)).await;
        let before = rig.agent.status().await["nginx"]["reloads"].as_u64().expect("a count");
        rig.centops.put("bot-5", &format!("https://changed-{round}.example.ee/messages"));
        rig.wait_served().await;
        let status = rig.agent.status().await;
        assert_eq!(status["nginx"]["reloads"], json!(before + 1));
        times.push(status["nginx"]["lastDurationMs"].as_u64().expect("a time"));
    }
    println!("100,000 routes: change to new workers, milliseconds beside the poll: {times:?}");
    let before = rig.agent.status().await["nginx"]["reloads"].as_u64().expect("a count");
    let (started, mut changes) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_mins(1) {
        rig.centops.put("bot-6", &format!("https://storm-{changes}.example.ee/messages"));
        changes += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let reloads = rig.agent.status().await["nginx"]["reloads"].as_u64().expect("a count") - before;
    println!("storm: {changes} changes in 60 s, {reloads} reloads");
    assert!(reloads <= 6, "{reloads}");
    rig.wait_served().await;
    let slow = times.iter().filter(|time| **time > 1000).count();
    println!("over 1 s: {slow} of {}", times.len());
}

/// The size of the binary, the memory at 5,000 routes, and the share of a core at 1,000 messages a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute"]
async fn footprint() {
    if !has_nginx() {
        return;
    }
    let mut rig = Rig::new(Duration::from_mins(5), "").await;
    for index in 0..5000 {
        rig.centops.put(&format!("bot-{index}"), &format!("{}/bot-{index}", rig.bots()));
    }
    rig.start().await;
    let size = fs::metadata(binary()).expect("a binary").len();
    let mut stream = TcpStream::connect(("127.0.0.1", rig.nginx.port)).await.expect("nginx");
    let (before, started) = (processor_time(rig.agent.id()), Instant::now());
    let mut buffer = vec![0; 64 * 1024];
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..1500 {
        ticks.tick().await;
        let request = "POST /messages HTTP/1.1\r\nHost: x\r\nX-Send-To: bot-1\r\nContent-Length: 2\r\n\r\n{}";
        stream.write_all(request.repeat(20).as_bytes()).await.expect("sent");
        let mut answers = 0;
        while answers < 20 {
            let length = stream.read(&mut buffer).await.expect("answers");
            answers += buffer[..length].windows(9).filter(|window| window == b"HTTP/1.1 ").count();
        }
    }
    let (used, elapsed) = (processor_time(rig.agent.id()).saturating_sub(before), started.elapsed());
    wait_until("all are accepted", LIMIT, async || rig.agent.status().await["reports"]["accepted"] == json!(30_000))
        .await;
    let share = used.as_secs_f64() / elapsed.as_secs_f64() * 100.0;
    let rate = 30_000.0 / elapsed.as_secs_f64();
    println!("binary: {:.1} MB", f64::from(u32::try_from(size).expect("small")) / 1e6);
    let (resident, peak) = (memory(rig.agent.id(), "VmRSS"), memory(rig.agent.id(), "VmHWM"));
    println!(
        "5,000 routes, {rate:.0} messages a second: {share:.2} % of a core, resident {resident:.1} MB, peak {peak:.1} MB"
    );
    assert!(size <= 12_000_000 && resident <= 40.0 && share <= 2.0);
}

fn processor_time(process: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    let fields: Vec<&str> = text.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// Returns a field of the process's status in MB.
fn memory(process: u32, field: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = text.lines().find(|line| line.starts_with(field)).expect("a field");
    let kilobytes: u32 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    f64::from(kilobytes) * 1024.0 / 1e6
}
