use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use centops_client::{
    contract::{ALL, Location},
    schema::schemas,
};
use serde_json::{Value, json};

use crate::{
    support::{
        contract::{contract, respond},
        samples::Samples,
        server::{Sent, Server},
    },
    world::{Run, World, run},
};

fn command(server: &Server, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_centops"));
    command.args(arguments).env_clear().env("CENTOPS_ADMIN", server.url()).env("CENTOPS_NETWORK", server.url());
    command.env("CENTOPS_TOKEN", "a.b.c").env("CENTOPS_API_KEY", "key").env("TZ", "Europe/Tallinn");
    command
}

fn answering(status: u16, body: Value) -> Server {
    Server::start(move |_| Sent::json(status, &body))
}

fn at(server: &Server, arguments: &[&str]) -> Run {
    run(command(server, arguments), "")
}

#[test]
fn every_operation_can_be_called() {
    let contract = contract();
    let server = Server::start(move |request| respond(&contract, request));
    let mut samples = Samples::new();
    for operation in ALL {
        let mut arguments = vec!["call".to_owned(), operation.id.to_owned()];
        for name in operation.path_parameters() {
            let schema = schemas().parameter(operation.id, name).expect("a schema");
            let value = samples.of(schemas(), schema);
            arguments.push(format!("--path={name}={}", value.as_str().expect("a text")));
        }
        for parameter in operation.parameters.iter().filter(|one| one.location == Location::Header && one.is_required) {
            arguments.push(format!("--header={}=7f9c2ba4", parameter.name));
        }
        let mut body = String::new();
        if let Some(name) = operation.body {
            arguments.push("--file=-".to_owned());
            body = samples.of(schemas(), schemas().named(name).expect("a schema")).to_string();
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let result = run(command(&server, &arguments), &body);
        assert_eq!(result.code, 0, "{}: {}", operation.id, result.err);
        assert_eq!(server.take().len(), 1, "{}", operation.id);
    }
}

#[test]
fn call_names_what_is_missing_or_wrong_before_anything_is_sent() {
    let server = answering(200, json!({}));
    for (arguments, expected) in [
        (&["call", "get-teapot"][..], "there is no operation get-teapot"),
        (&["call", "get-chatbot"], "get-chatbot needs --path name=…"),
        (&["call", "get-chatbot", "--path", "nom=x"], "get-chatbot needs --path name=…"),
        (
            &["call", "list-chatbots", "--query", "colour=red"],
            "list-chatbots has no parameter colour; it has status, type",
        ),
        (&["call", "create-chatbot"], "create-chatbot needs a body: NewChatbot"),
        (&["call", "get-policy", "-f", "x"], "get-policy has no body"),
        (&["call", "submit-codes", "-f", "x"], "submit-codes needs --header Idempotency-Key=…"),
        (&["call", "get-chatbot", "--path", "name"], "name is not of the form NAME=VALUE"),
        (&["hold", "maks", "--reason", "x", "--for=-2h"], "-2h is not a length"),
        (&["hold", "maks", "--reason", "x", "--for", "soon"], "soon is not a length"),
    ] {
        let result = at(&server, arguments);
        assert_eq!(result.code, 1, "{arguments:?}");
        assert!(result.err.contains(expected), "{arguments:?}: {}", result.err);
    }
    let body = run(command(&server, &["call", "create-chatbot", "-f", "-"]), "{\"name\": \"T\"}");
    assert!(body.err.contains("/name: must match"), "{}", body.err);
    assert!(server.take().is_empty());
}

#[test]
fn exit_codes_tell_refusals_apart() {
    for (status, code) in [(400, 1), (401, 4), (403, 4), (404, 3), (409, 5), (412, 5), (500, 1)] {
        let server =
            answering(status, json!({"type": "x", "title": "Problem seven", "status": status, "instance": "req-7"}));
        let result = at(&server, &["get", "chatbots", "maks"]);
        assert_eq!(result.code, code, "{status}");
        assert_eq!(result.out, "");
        assert!(result.err.contains("Problem seven") && result.err.contains("request id: req-7"), "{}", result.err);
    }
}

#[test]
fn forms_of_output_of_a_list() {
    let server = answering(200, json!({"chatbots": [{"name": "maks", "status": "Online", "uri": "https://maks.ee/"}]}));
    let out = |form| at(&server, &["get", "chatbots", "-o", form]).out;
    assert_eq!(out("name"), "maks\n");
    assert_eq!(serde_json::from_str::<Value>(&out("json")).expect("JSON")[0]["uri"], "https://maks.ee/");
    assert_eq!(serde_saphyr::from_str::<Value>(&out("yaml")).expect("YAML")[0]["name"], "maks");
    assert_eq!(
        out("table"),
        "NAME  STATUS  SINCE  TYPE  INSTITUTION  URI\nmaks  Online  -      -     -            https://maks.ee/\n"
    );
    let requests = server.take();
    assert!(requests.iter().all(|request| request.query == "limit=1000"), "{requests:?}");
}

#[test]
fn empty_list_is_an_empty_list() {
    let server = answering(200, json!({"chatbots": []}));
    assert_eq!(at(&server, &["get", "chatbots", "-o", "json"]).out, "[]\n");
    assert_eq!(
        serde_saphyr::from_str::<Value>(&at(&server, &["get", "chatbots", "-o", "yaml"]).out).expect("YAML"),
        json!([])
    );
    let table = at(&server, &["get", "chatbots"]);
    assert_eq!((table.out.as_str(), table.err.as_str()), ("", "nothing found\n"));
    assert_eq!(at(&server, &["get", "chatbots", "-o", "name"]).out, "");
}

#[test]
fn why_prints_the_sentences_of_the_console() {
    let health = json!({"chatbot": "maks", "status": "Offline", "since": "2020-01-02T10:00:00Z", "circuit": "half-open",
        "cause": {"kind": "unanswered"}, "sensitive": false, "observers": [], "totals": {}});
    let server = answering(200, health);
    let lines: Vec<_> = at(&server, &["why", "maks"]).out.lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("Offline since 2 Jan 2020, 12:00 ("), "{lines:?}");
    assert_eq!(lines[1..], ["It did not answer its probes.", "It is being probed now."]);
    let et = at(&server, &["why", "maks", "--language", "et", "-o", "json"]).out;
    assert_eq!(serde_json::from_str::<Value>(&et).expect("JSON")["sentences"][2], "Teda proovitakse praegu.");
}

#[test]
fn override_has_its_end() {
    let server = answering(200, json!({}));
    assert_eq!(at(&server, &["offline", "maks", "--reason", "New server", "--for", "2h"]).code, 0);
    let body = server.take()[0].json();
    assert_eq!((&body["mode"], &body["reason"]), (&json!("force-offline"), &json!("New server")));
    let left = body["until"].as_str().expect("an end").parse::<jiff::Timestamp>().expect("a time").as_second();
    assert!((7190..=7200).contains(&(left - jiff::Timestamp::now().as_second())));
}

#[test]
fn secrets_of_files_that_others_may_read_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = answering(200, json!({"chatbots": []}));
    let (config, token) = (folder.path().join("config.yaml"), folder.path().join("token"));
    fs::write(&token, "a.b.c\n").expect("a file");
    let text = format!("environments:\n  test:\n    admin: {}\n    tokenFile: {}\n", server.url(), token.display());
    fs::write(&config, text).expect("a file");
    let with_config = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_centops"));
        command.args(arguments).env_clear().env("CENTOPS_CONFIG", &config);
        run(command, "")
    };
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).expect("a mode");
    let refused = with_config(&["get", "chatbots"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("others may read it (mode 644)"), "{}", refused.err);
    assert!(server.take().is_empty());
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).expect("a mode");
    assert_eq!(with_config(&["get", "chatbots", "-e", "test"]).code, 0);
    assert_eq!(server.take()[0].header("authorization"), Some("Bearer a.b.c"));
    let unknown = with_config(&["get", "chatbots", "-e", "prod"]);
    assert!(unknown.err.contains("has no environment prod; it has test"), "{}", unknown.err);
}

#[test]
fn environment_is_never_guessed() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.yaml");
    fs::write(&config, "environments:\n  a: {admin: 'https://a.ee'}\n  b: {admin: 'https://b.ee'}\n").expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_centops"));
    command.args(["get", "chatbots"]).env_clear().env("CENTOPS_CONFIG", &config);
    assert!(run(command, "").err.contains("name an environment of"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_centops"));
    command.args(["-e", "a", "get", "chatbots"]).env_clear().env("CENTOPS_CONFIG", &config);
    command.env("CENTOPS_ADMIN", "https://c.ee");
    assert!(run(command, "").err.contains("use one of both"));
}

#[test]
fn wrong_arguments_exit_with_1_and_help_with_0() {
    let world = World::new();
    assert_eq!(world.run(&["teapot"]).code, 1);
    assert_eq!(world.run(&["diff"]).code, 1);
    assert_eq!(world.run(&["apply", "-f", "x", "--prune"]).code, 1);
    assert_eq!(world.run(&["--help"]).code, 0);
    for shell in ["bash", "zsh", "fish"] {
        assert!(world.run(&["completion", shell]).out.contains("centops"), "{shell}");
    }
    let operations = world.run(&["operations", "-o", "name"]).out;
    assert_eq!(operations.lines().count(), ALL.len());
    assert!(world.server.take().is_empty());
}

#[test]
fn closed_pipe_is_no_error() {
    let items: Vec<_> = (0..20_000).map(|n| json!({"name": format!("bot-{n}")})).collect();
    let server = answering(200, json!({"chatbots": items}));
    let mut child = command(&server, &["get", "chatbots"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

#[test]
fn followed_log_shows_each_entry_once() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let from = request
            .query
            .split('&')
            .find_map(|pair| pair.strip_prefix("from="))
            .unwrap_or_default()
            .replace("%3A", ":");
        let newest = count.fetch_add(1, Ordering::SeqCst).min(3);
        // Newest first; two entries share each time.
        let entries = (0..=newest).rev().flat_map(|n| {
            ["b", "a"].map(|which| json!({"at": format!("2026-11-27T09:00:0{}Z", n / 2), "level": "info", "message": format!("{which}{n}")}))
        });
        let entries = entries.filter(|entry| entry["at"].as_str().is_some_and(|at| at >= from.as_str()));
        Sent::json(200, &json!({"entries": entries.collect::<Vec<_>>()}))
    });
    let mut follow = command(&server, &["logs", "maks", "-f", "--interval", "0.02"]);
    let mut child = follow.stdout(Stdio::piped()).spawn().expect("the binary");
    let lines = BufReader::new(child.stdout.take().expect("an output")).lines();
    let messages: Vec<_> =
        lines.take(8).map(|line| line.expect("a line").rsplit("  ").next().unwrap_or_default().to_owned()).collect();
    child.kill().expect("killed");
    child.wait().expect("an end");
    assert_eq!(messages, ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"]);
}

#[test]
fn watch_shows_changes_and_goes_on_after_410() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request| match (count.fetch_add(1, Ordering::SeqCst), request.query.as_str()) {
        (0, _) => Sent::json(200, &json!({"revision": 7, "routes": []})),
        (1, _) => Sent::empty(304),
        (2, "since=7") => Sent::json(
            200,
            &json!({"revision": 9, "since": 7, "changes": [
            {"name": "maks", "uri": "https://maks.ee/", "type": "ministry"}, {"name": "ilm"}]}),
        ),
        (3, "since=9") => Sent::json(410, &json!({"type": "x", "title": "Gone", "status": 410})),
        (4, _) => Sent::json(200, &json!({"revision": 20, "routes": []})),
        (_, "since=20") => Sent::json(200, &json!({"revision": 21, "since": 20, "changes": [{"name": "toll"}]})),
        _ => Sent::json(403, &json!({"type": "x", "title": "Ended", "status": 403})),
    });
    let result = at(&server, &["routes", "watch", "--interval", "0.01"]);
    assert_eq!(result.out, "routed  maks  https://maks.ee/\nremoved  ilm\nremoved  toll\n");
    assert!(result.err.contains("changes were missed; watching from revision 20"), "{}", result.err);
    assert_eq!(result.code, 4);
}
