//! The agent beside a real nginx.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]
#![allow(clippy::too_many_lines, reason = "one table of cases is one test")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use support::agent::Agent;
use support::bots::{Behaviour, Bot};
use support::centops::CentOps;
use support::dns::Dns;
use support::nginx::{Nginx, free_port};
use support::{has_nginx, wait_until};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(20);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

struct Fixture {
    folder: TempDir,
    centops: Arc<CentOps>,
    dns: Dns,
    nginx: Nginx,
    agent: Agent,
    http: Client,
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
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // nginx's workers write below it.
        let centops = CentOps::start(Duration::from_mins(5)).await;
        let dns = Dns::start().await;
        let nginx = Nginx::new(folder.path(), dns.port);
        let agent = Agent::new(folder.path(), &nginx, &centops, "");
        Self { folder, centops, dns, nginx, agent, http: Client::builder().no_proxy().build().expect("a client") }
    }

    /// Starts the agent and nginx, and waits until nginx serves the newest table.
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

    async fn send(&self, name: &str) -> u16 {
        let request = self.http.post(self.nginx.url()).header("X-Send-To", name).body("{}");
        request.send().await.expect("an answer").status().as_u16()
    }

    async fn wait_ledger(&self, lines: u64) -> Value {
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
}

/// Each row of the table "what a line means".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_line_is_classified() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    let own = [
        ("own-200", OK),
        ("own-404", "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        ("own-500", "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        ("own-502", "HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        ("own-504", "HTTP/1.1 504 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        ("cut", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\nonly this"),
    ];
    let mut bots = Vec::new();
    for (name, answer) in own {
        let bot = Bot::start(Behaviour::Answer(answer)).await;
        fixture.centops.put(name, &bot.uri());
        bots.push(bot);
    }
    let (plain, close) = (Bot::start(Behaviour::Answer(OK)).await, Bot::start(Behaviour::Close).await);
    let hang = Bot::start(Behaviour::Hang).await;
    for (name, uri) in [
        ("refused", format!("http://127.0.0.1:{}/", free_port())),
        ("no-tls", format!("https://127.0.0.1:{}/", plain.port)),
        ("closes", close.uri()),
        ("hangs", hang.uri()),
        ("unresolved", "http://nothing.test/".to_owned()),
        ("two-tries", format!("http://two.test:{}/", plain.port)),
        ("by-name", format!("http://works.test:{}/", plain.port)),
    ] {
        fixture.centops.put(name, &uri);
    }
    fixture.start().await;
    for (name, status) in [
        ("own-200", 200),
        ("own-404", 404),
        ("own-500", 500),
        ("own-502", 502),
        ("own-504", 504),
        ("refused", 502),
        ("no-tls", 502),
        ("closes", 502),
        ("hangs", 504),
        ("unresolved", 502),
        ("two-tries", 200),
        ("OWN-200", 200),
        ("nobody", 503),
        ("@revision", 503),
    ] {
        assert_eq!(fixture.send(name).await, status, "{name}");
    }
    let request = fixture.http.post(fixture.nginx.url()).header("X-Send-To", "cut").body("{}");
    request.send().await.expect("a header").bytes().await.expect_err("a cut body");
    let (large, get) =
        (fixture.http.post(fixture.nginx.url()).body("x".repeat(5000)), fixture.http.get(fixture.nginx.url()));
    for (request, status) in [(large, 413), (get, 403)] {
        let response = request.header("X-Send-To", "own-200").send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), status);
    }
    give_up(&fixture, Duration::from_millis(300)).await;
    let status = fixture.wait_ledger(18).await;

    let of = |name: &str| {
        fixture.centops.of(name).into_iter().map(|(outcome, n)| format!("{outcome}×{n}")).collect::<Vec<_>>()
    };
    let expected: BTreeMap<&str, &str> = BTreeMap::from([
        ("own-200", "200×2"),
        ("own-404", "404×1"),
        ("own-500", "500×1"),
        ("own-502", "502×1"),
        ("own-504", "504×1"),
        ("refused", "connection×1"),
        ("no-tls", "connection×1"),
        ("closes", "connection×1"),
        ("hangs", "timeout×1"),
        ("unresolved", "connection×1"),
        ("two-tries", "200×1"),
        ("cut", "connection×1"),
    ]);
    for (name, outcome) in &expected {
        println!("row {name}: {outcome}");
        assert_eq!(of(name), [*outcome], "{name}");
    }
    let ignored = &status["log"]["ignored"];
    println!("rows not reported: {ignored}");
    assert_eq!(*ignored, json!({"no-route": 2, "own-answer": 2, "client-gone": 1}));
    assert_eq!(fixture.agent.text("/healthz").await.0, 200);
    assert!(fixture.agent.text("/metrics").await.1.contains("centops_agent_codes_total{outcome=\"connection\"} 5"));
    resolver_outage_is_not_reported(&fixture).await;
}

/// Closes the connection to a chatbot that hangs, on the port where nginx minds.
async fn give_up(fixture: &Fixture, after: Duration) {
    let url = format!("http://127.0.0.1:{}/messages", fixture.nginx.impatient_port);
    let request = fixture.http.post(url).header("X-Send-To", "hangs").body("{}").timeout(after);
    request.send().await.expect_err("a timeout");
}

async fn resolver_outage_is_not_reported(fixture: &Fixture) {
    // No name has resolved for longer than the window of ten seconds by then.
    tokio::time::sleep(Duration::from_secs(11)).await;
    fixture.dns.is_broken.store(true, Ordering::Relaxed);
    let answers = tokio::join!(fixture.send("unresolved"), fixture.send("by-name"));
    assert_eq!(answers, (502, 502));
    let status = fixture.wait_ledger(20).await;
    assert_eq!(status["log"]["ignored"]["resolver"], 2);
    assert_eq!(fixture.centops.of("by-name"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poisoned_routes_neither_stop_an_update_nor_lead_elsewhere() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    let (bot, other) = (Bot::start(Behaviour::Answer(OK)).await, Bot::start(Behaviour::Answer(OK)).await);
    let poisoned = poisoned(bot.port, other.port);
    println!("poisoned routes: {}", poisoned.len());
    assert!(poisoned.len() >= 100);
    for (name, uri) in &poisoned {
        fixture.centops.put(name, uri);
    }
    for index in 0..20 {
        fixture.centops.put(&format!("good-{index}"), &format!("http://127.0.0.1:{}/good-{index}", bot.port));
    }
    fixture.start().await;
    for index in 0..20 {
        assert_eq!(fixture.send(&format!("good-{index}")).await, 200);
    }
    let status = fixture.agent.status().await;
    let left_out: Vec<&str> = status["nginx"]["leftOut"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|route| route["name"].as_str())
        .collect();
    let mut served = 0;
    bot.targets.lock().expect("not poisoned").clear();
    for (name, uri) in &poisoned {
        let Ok(value) = reqwest::header::HeaderValue::from_str(name) else { continue };
        let response = fixture.http.post(fixture.nginx.url()).header("X-Send-To", value).body("{}").send().await;
        let code = response.expect("an answer").status().as_u16();
        let target = bot.targets.lock().expect("not poisoned").pop();
        // nginx ignores case: such a name leads where the route in small letters does, as for any sender.
        let small = name.to_ascii_lowercase();
        let target_of_small = match small.as_str() {
            "good-1" => Some("/good-1"),
            "default" | "include" => Some("/x"),
            _ => None,
        };
        if let Some(path) = target_of_small {
            assert_eq!((code, target.as_deref()), (200, Some(path)), "{name:?} {uri:?}");
        } else if left_out.contains(&name.as_str()) {
            assert_eq!((code, target), (503, None), "{name:?} {uri:?}");
        } else {
            let path = uri
                .splitn(4, '/')
                .nth(3)
                .map(|path| format!("/{}", path.replace('$', "%24").replace('{', "%7B").replace('}', "%7D")));
            assert_eq!((code, target), (200, path), "{name:?} {uri:?}");
            served += 1;
        }
    }
    println!("left out and named: {}, served at their own address: {served}", left_out.len());
    assert_eq!(*other.targets.lock().expect("not poisoned"), Vec::<String>::new());
    assert_eq!((&status["nginx"]["error"], &status["nginx"]["restores"]), (&Value::Null, &json!(0)));
}

fn poisoned(bot: u16, other: u16) -> Vec<(String, String)> {
    let good = format!("http://127.0.0.1:{bot}/x");
    let mut routes: Vec<(String, String)> = [
        "default",
        "include",
        "hostnames",
        "volatile",
        "Default",
        "INCLUDE",
        "\\default",
        "~.*",
        "~*good",
        "~^good-1$",
        "Good-1",
        "GOOD-1",
        "a;b",
        "a{b",
        "a}b",
        "a b",
        "a\tb",
        "a\nb",
        "a\"b",
        "a'b",
        "a\\b",
        "$dmr_hit",
        "${x}",
        "#a",
        "*.good",
        ".good",
        "*",
        "@revision",
        "õun",
        "a\u{0}b",
        "",
        "a",
        "a#b",
        "a,b",
        "a/b",
        "../x",
        "\u{feff}bom",
        "=x",
        "tax_board",
        "x.y",
        "a:b",
        "a%24b",
        "a\rb",
        "name\u{202e}",
        "road",
        "t-road",
    ]
    .map(|name| (name.to_owned(), good.clone()))
    .into();
    routes.push(("n".repeat(64), good.clone()));
    routes.push(("n".repeat(65), good.clone()));
    routes.push(("n".repeat(5000), good.clone()));
    let trap = format!("127.0.0.1:{other}");
    let addresses = [
        format!("http://127.0.0.1:{bot}/$host"),
        format!("http://127.0.0.1:{bot}/${{host}}"),
        format!("http://127.0.0.1:{bot}/a?b=$arg_x"),
        format!("http://127.0.0.1:{bot}/;x"),
        format!("http://127.0.0.1:{bot}/$"),
        format!("http://127.0.0.1:{bot}/a'b"),
        format!("http://127.0.0.1:{bot}/%24"),
        format!("http://127.0.0.1:{bot}/$$$"),
        format!("http://127.0.0.1:{bot}/a;include%20x"),
        format!("http://127.0.0.1:{bot}\"; default \"http://{trap}"),
        format!("http://127.0.0.1:{bot}/\"; x \"y"),
        format!("http://127.0.0.1:{bot}/ {trap}"),
        format!("http://127.0.0.1:{bot}/\n\"default\" \"http://{trap}\";"),
        format!("http://127.0.0.1:{bot}\\@{trap}/"),
        format!("http://127.0.0.1:{bot}@{trap}/"),
        format!("http://u:p@{trap}/"),
        format!("http://{trap}#@127.0.0.1:{bot}/"),
        format!("http:{trap}"),
        format!("http:/{trap}/"),
        format!("http:///{trap}/"),
        format!("http:\\\\{trap}/"),
        format!("HTTP://{trap}/"),
        format!("//{trap}/"),
        trap.clone(),
        format!("ftp://{trap}/"),
        format!("http://$http_x_send_to:{other}/"),
        "http://${arg_h}/".to_owned(),
        format!("$scheme://{trap}/"),
        format!("http://127.0.0.1$x:{other}/"),
        format!("http://127.0.0.1%3a{other}/"),
        format!("http://{trap}/\u{0}"),
        format!("http://{trap}/\t"),
        format!(" http://{trap}/"),
        format!("http://{trap}/ "),
        format!("http://{trap}/õ"),
        format!("http://{trap}/`x`"),
        format!("http://{trap}/<x>"),
        format!("http://{trap}/\\t"),
        format!("http://{trap}/#x"),
        format!("http://@{trap}/"),
        format!("http://:@{trap}/"),
        format!("http://{trap}/{}", "x".repeat(4000)),
        format!("http://{trap}:1/"),
    ];
    routes.extend(addresses.into_iter().enumerate().map(|(index, uri)| (format!("address-{index}"), uri)));
    let fixed = [
        "",
        "http://",
        "https://",
        "http://unix:/var/run/docker.sock:/",
        "http://unix:/tmp/x.sock",
        "http://UNIX/",
        "unix:/x",
        "http://[::1",
        "http://a.ee:99999/",
        "http://a.ee:-1/",
        "javascript:x",
        "file:///etc/passwd",
        "http://a..b\\c/",
        "http://?",
        "http://#",
    ];
    routes.extend(fixed.iter().enumerate().map(|(index, uri)| (format!("fixed-{index}"), (*uri).to_owned())));
    routes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn former_map_is_restored_if_nginx_refuses_the_new_one() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    let bot = Bot::start(Behaviour::Answer(OK)).await;
    fixture.centops.put("first", &bot.uri());
    fixture.start().await;
    let map = std::fs::read(fixture.folder.path().join("routes.map")).expect("a map");
    // The operator breaks the configuration of nginx.
    let conf = fixture.folder.path().join("nginx.conf");
    let text = std::fs::read_to_string(&conf).expect("a configuration");
    std::fs::write(&conf, format!("{text}\nbroken")).expect("written");
    let refused = fixture.agent.check();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nginx refused the configuration"));
    fixture.centops.put("second", &bot.uri());
    wait_until("the update fails", LIMIT, async || fixture.agent.status().await["nginx"]["restores"] == json!(1)).await;
    assert_eq!(std::fs::read(fixture.folder.path().join("routes.map")).expect("a map"), map);
    assert_eq!((fixture.send("first").await, fixture.send("second").await), (200, 503));
    assert_eq!(fixture.agent.text("/healthz").await.0, 503);
    assert!(fixture.agent.text("/metrics").await.1.contains("centops_agent_publish_failing 1"));
    // He repairs it. The next change is published at once after the interval.
    std::fs::write(&conf, text).expect("written");
    assert!(fixture.agent.check().status.success());
    fixture.centops.put("third", &bot.uri());
    fixture.wait_served().await;
    assert_eq!((fixture.send("second").await, fixture.send("third").await), (200, 200));
}
