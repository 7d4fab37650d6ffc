//! Updates that nginx does not take.

use serde_json::json;

use crate::fixture::{Fixture, LIMIT, OK};
use crate::support::bots::{Behaviour, Bot};
use crate::support::{has_nginx, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn former_map_is_restored_if_nginx_refuses_the_new_one() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    let bot = Bot::start(Behaviour::Answer(OK)).await;
    fixture.centops.put("first", &bot.uri());
    fixture.start().await;
    let map = fixture.map();
    let text = fixture.break_nginx();
    let refused = fixture.agent.check();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nginx refused the configuration"));
    fixture.centops.put("second", &bot.uri());
    wait_until("the update fails", LIMIT, async || fixture.agent.status().await["nginx"]["restores"] == json!(1)).await;
    assert_eq!(fixture.map(), map);
    assert_eq!((fixture.send("first").await, fixture.send("second").await), (200, 503));
    assert_eq!(fixture.agent.text("/healthz").await.0, 503);
    assert!(fixture.agent.text("/metrics").await.1.contains("centops_agent_publish_failing 1"));
    // The next change is published at once after the interval.
    fixture.repair_nginx(&text);
    assert!(fixture.agent.check().status.success());
    fixture.centops.put("third", &bot.uri());
    fixture.wait_routed(&["second", "third"]).await;
}

/// Something else tests and reloads (`test = []`): nginx gets HUP, refuses the configuration, and says nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn former_map_is_restored_if_no_worker_confirms_the_new_one() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    let bot = Bot::start(Behaviour::Answer(OK)).await;
    fixture.centops.put("first", &bot.uri());
    fixture.edit_config(|text| {
        let lines = text
            .lines()
            .map(|line| if line.starts_with("test = ") { "test = []\nconfirm_seconds = 1.0" } else { line });
        lines.collect::<Vec<_>>().join("\n")
    });
    fixture.start().await;
    let map = fixture.map();
    let former = fixture.agent.status().await["nginx"].clone();
    let text = fixture.break_nginx();
    fixture.centops.put("second", &bot.uri());
    wait_until("the update fails", LIMIT, async || {
        fixture.agent.status().await["nginx"]["failures"].as_u64() > former["failures"].as_u64()
    })
    .await;
    let nginx = fixture.agent.status().await["nginx"].clone();
    let error = nginx["error"].as_str().expect("an error").to_owned();
    assert!(error.starts_with("nginx serves revision \""), "{error}");
    assert_eq!((&nginx["restores"], &nginx["servedRevision"]), (&json!(1), &former["servedRevision"]));
    assert_eq!(fixture.map(), map);
    assert_eq!((fixture.send("first").await, fixture.send("second").await), (200, 503));
    assert_eq!(fixture.agent.text("/healthz").await.0, 503);
    // Even a restart of nginx, once repaired, serves the former routes, until the next change.
    fixture.repair_nginx(&text);
    fixture.nginx.kill();
    fixture.nginx.start();
    wait_until("nginx serves the former routes", LIMIT, async || {
        fixture.http.get(fixture.nginx.url()).send().await.is_ok()
    })
    .await;
    assert_eq!((fixture.send("first").await, fixture.send("second").await), (200, 503));
    fixture.centops.put("third", &bot.uri());
    fixture.wait_routed(&["second", "third"]).await;
    assert_eq!(fixture.agent.text("/healthz").await.0, 200);
}
