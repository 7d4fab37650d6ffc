//! Every operation of the contract has a method, and each request and answer of it is as `openapi.yaml` says.

#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod support;

use std::{collections::BTreeSet, time::Duration};

use centops_client::{
    Client, ClientError, METHODS, Method, Secret, Settings,
    contract::{ALL, Location, Operation},
    schema::schemas,
};
use serde_json::{Value, json};
use support::{
    contract::{contract, respond},
    samples::Samples,
    server::{Sent, Server},
};

fn client(server: &Server) -> Client {
    let base = Some(server.url().parse().expect("a URL"));
    Client::new(Settings {
        admin: base.clone(),
        network: base,
        token: Some(Secret::new("a.b.c")),
        api_key: Some(Secret::new("key")),
        longest_wait: Duration::from_millis(50),
        ..Settings::default()
    })
}

fn server() -> Server {
    let contract = contract();
    Server::start(move |request| respond(&contract, request))
}

fn path_values(samples: &mut Samples, operation: &Operation) -> Vec<String> {
    let schema = |name| schemas().parameter(operation.id, name).expect("a schema");
    operation
        .path_parameters()
        .map(|name| samples.of(schemas(), schema(name)).as_str().expect("a text").to_owned())
        .collect()
}

async fn call(client: &Client, samples: &mut Samples, method: &Method) -> Result<(), ClientError> {
    let operation = method.operation;
    let path = path_values(samples, operation);
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let body =
        operation.body.map_or(Value::Null, |name| samples.of(schemas(), schemas().named(name).expect("a schema")));
    let mut call = (method.call)(client, &path, &body);
    for parameter in operation.parameters.iter().filter(|one| one.location == Location::Header && one.is_required) {
        call = call.header(parameter.name, "7f9c2ba4");
    }
    call.reply().await.map(|_| ())
}

#[test]
fn every_operation_of_the_contract_has_a_method() {
    let contract = contract();
    let items = contract["paths"].as_object().expect("paths").values();
    let declared: BTreeSet<_> = items
        .flat_map(|item| item.as_object().expect("methods").values())
        .filter_map(|one| one["operationId"].as_str())
        .collect();
    let methods: BTreeSet<_> = METHODS.iter().map(|method| method.operation.id).collect();
    assert_eq!(declared, methods);
    assert_eq!((ALL.len(), METHODS.len()), (declared.len(), declared.len()));
}

#[test]
fn methods_take_the_parameters_of_their_operation() {
    for method in METHODS {
        let names: Vec<_> = method.operation.path_parameters().collect();
        assert_eq!(names, method.path, "{}", method.operation.id);
        assert_eq!(method.operation.body.is_some(), method.has_body, "{}", method.operation.id);
    }
}

#[tokio::test]
async fn every_method_sends_what_the_contract_says() {
    let server = server();
    let client = client(&server);
    let mut samples = Samples::new();
    for round in 0..3 {
        samples.is_least = round == 0;
        for method in METHODS {
            let id = method.operation.id;
            if let Err(error) = call(&client, &mut samples, method).await {
                panic!("{id}: {error}");
            }
            let received = server.take();
            assert_eq!(received.len(), 1, "{id}");
            assert_eq!(received[0].method, method.operation.method, "{id}");
        }
    }
}

#[tokio::test]
async fn typed_answers_are_read() {
    let server = server();
    let client = client(&server);
    client.get_chatbot_health("tax-board").send().await.expect("health");
    client.get_session().send().await.expect("a session");
    client.get_invitation("0190a6a4-0000-7000-8000-000000000000").send().await.expect("an invitation");
    let csr = json!({"csr": "-----BEGIN CERTIFICATE REQUEST-----"});
    let issued = client.renew_certificate(&csr).send().await.expect("a certificate");
    assert_eq!(issued.etag.as_deref(), Some("\"7\""));
}

#[tokio::test]
async fn lists_are_read_to_their_last_page() {
    let page = |from: u32, next: Option<&str>| {
        let chatbots: Vec<_> = (from..from + 2).map(|n| json!({"name": format!("bot-{n}")})).collect();
        json!({"chatbots": chatbots, "next": next})
    };
    let server = Server::start(move |request| {
        let body = if request.query.contains("cursor=b") { page(2, None) } else { page(0, Some("b")) };
        Sent::json(200, &body)
    });
    let client = client(&server);
    let mut seen = Vec::new();
    let all =
        client.list_chatbots().query("status", "Offline").items(None, |count| seen.push(count)).await.expect("a list");
    assert_eq!(all.len(), 4);
    assert_eq!(seen, [2, 4]);
    assert!(server.take().iter().all(|request| request.query.contains("status=Offline")));
    assert_eq!(client.list_chatbots().items(Some(1), |_| ()).await.expect("a list").len(), 1);
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn dots_and_slashes_in_a_name_do_not_address_another_operation() {
    let server = Server::start(|_| Sent::empty(204));
    let client = client(&server);
    for name in ["", ".", ".."] {
        let error = client.delete_chatbot(name).reply().await.expect_err("refused");
        assert!(matches!(error, ClientError::PathParameter { .. }), "{error}");
    }
    assert!(server.take().is_empty());
    client.delete_chatbot("../policy?x#y").reply().await.expect("sent");
    assert_eq!(server.take()[0].path, "/chatbots/..%2Fpolicy%3Fx%23y");
}

#[tokio::test]
async fn refusal_keeps_the_problem_and_the_request_id() {
    let problem = json!({"type": "/problems/invalid", "title": "Invalid request", "status": 400, "instance": "req-1",
        "errors": [{"pointer": "#/uri", "detail": "must be public"}]});
    let server = Server::start(move |_| Sent::json(400, &problem));
    let error = client(&server).create_chatbot(&json!({})).send().await.expect_err("refused");
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.to_string(), "create-chatbot: 400 Invalid request\n  #/uri: must be public\n  request id: req-1");
}

#[tokio::test]
async fn answer_of_a_gateway_is_a_refusal_too() {
    let server = Server::start(|_| {
        Sent::json(403, &json!({"message": "Forbidden by the firewall"})).header("x-amzn-requestid", "r2")
    });
    let error = client(&server).get_policy().send().await.expect_err("refused");
    assert_eq!(error.to_string(), "get-policy: 403 Forbidden: Forbidden by the firewall\n  request id: r2");
}

/// Answers a status until `failures` requests came.
fn failing(failures: usize, status: u16) -> Server {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_| {
        if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < failures {
            Sent::json(status, &json!({"title": "Later", "status": status, "type": "x"})).header("retry-after", "0")
        } else {
            Sent::json(200, &json!({"chatbots": []}))
        }
    })
}

#[tokio::test]
async fn reads_are_repeated_after_503() {
    let server = failing(2, 503);
    client(&server).list_chatbots().send().await.expect("the third answer");
    assert_eq!(server.take().len(), 3);
}

#[tokio::test]
async fn attempts_end() {
    let server = failing(100, 429);
    assert_eq!(client(&server).list_chatbots().send().await.expect_err("refused").status(), Some(429));
    assert_eq!(server.take().len(), 4);
}

#[tokio::test]
async fn changes_are_repeated_after_429_but_not_after_503() {
    let server = failing(1, 429);
    client(&server).create_chatbot(&json!({})).send().await.expect("the second answer");
    assert_eq!(server.take().len(), 2);
    let server = failing(1, 503);
    client(&server).create_chatbot(&json!({})).send().await.expect_err("refused");
    assert_eq!(server.take().len(), 1);
    // Its first attempt may have been applied: the second would get 412 for it.
    let server = failing(1, 503);
    client(&server).put_policy(&json!({})).if_match(Some("\"1\"")).send().await.expect_err("refused");
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn credentials_are_not_sent_over_a_network_without_encryption() {
    let settings = Settings {
        admin: Some("http://admin.example.ee".parse().expect("a URL")),
        token: Some(Secret::new("t")),
        ..Settings::default()
    };
    let error = Client::new(settings).get_policy().send().await.expect_err("refused");
    assert!(matches!(error, ClientError::Unencrypted(_)), "{error}");
}

#[tokio::test]
async fn missing_credential_is_named_before_anything_is_sent() {
    let server = Server::start(|_| Sent::empty(204));
    let base = Some(server.url().parse().expect("a URL"));
    let client = Client::new(Settings { admin: base.clone(), network: base, ..Settings::default() });
    assert_eq!(client.get_policy().send().await.expect_err("refused").to_string(), "get-policy needs a bearer token");
    let error = client.list_participants().send().await.expect_err("refused");
    assert_eq!(error.to_string(), "list-participants needs an API key");
    assert!(server.take().is_empty());
}

#[test]
fn debug_output_has_no_secret() {
    let settings =
        Settings { token: Some(Secret::new("hunter2")), api_key: Some(Secret::new("hunter3")), ..Settings::default() };
    assert!(!format!("{:?}", Client::new(settings)).contains("hunter"));
}
