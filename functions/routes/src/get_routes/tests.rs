//! Tests of the responses of several environments, with a real table.

use std::{collections::BTreeMap, io::Read, sync::Arc};

use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueOutput};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use centops_api::cursor;
use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{Control, PolicyDocument},
    routes::RouteChanges,
};
use centops_signing::SigningSecret;
use centops_store::{Consistency, Store};
use centops_table::{Table, audit_context};
use futures::future::join_all;
use jiff::Timestamp;
use lambda_http::{
    Body, Response,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{
    routes::{Position, Routes, RoutesQuery},
    signed_body::MAX_BODY_BYTES,
};

/// Returns a new environment of the function, with an empty cache.
fn environment(table: &Table, secret: &str) -> Routes {
    let text = secret.to_owned();
    environment_with(table, move || text.clone())
}

/// Returns a new environment of the function that reads its secret from `secret`.
fn environment_with(table: &Table, secret: impl Fn() -> String + Send + Sync + 'static) -> Routes {
    let rule = mock!(Client::get_secret_value)
        .then_output(move || GetSecretValueOutput::builder().secret_string(secret()).build());
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&rule]);
    Routes {
        store: Store::new(table.client.clone(), centops_table::NAME.to_owned()),
        signing: SigningSecret::new(client, "routes".to_owned()),
        max_bytes: MAX_BODY_BYTES,
        cache: Mutex::default(),
    }
}

fn secret() -> String {
    json!({ "keys": [rcgen::KeyPair::generate().expect("a key").serialize_pem()] }).to_string()
}

async fn online(table: &Table, name: &str, uri: &str) -> Name {
    let (policy, now) = (PolicyDocument::default(), Timestamp::now());
    let new = json!({
        "name": name, "uri": uri, "type": "ministry", "institution": "tax-board", "contact": "owner@example.ee",
    });
    let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
    table.store.create_chatbot(&audit_context(&table.audit, now), chatbot).await.expect("created");
    let name: Name = name.parse().expect("a good name");
    let probe = table.store.evaluate_due(&name, &policy, now).await.expect("evaluated").probe.expect("due");
    table.store.report_probe(&probe, true, &policy, now, 0.0).await.expect("probed");
    name
}

async fn force_offline(table: &Table, name: &Name) {
    let now = Timestamp::now();
    let control = json!({"mode": "force-offline", "reason": "maintenance", "by": "mari", "since": now, "until": null});
    let control: Control = serde_json::from_value(control).expect("a control");
    let policy = PolicyDocument::default();
    table.store.set_control(&audit_context(&table.audit, now), name, Some(control), &policy).await.expect("out");
}

fn headers<const N: usize>(headers: [(HeaderName, &str); N]) -> HeaderMap {
    headers.into_iter().map(|(name, value)| (name, HeaderValue::from_str(value).expect("a value"))).collect()
}

fn text(response: &Response<Body>) -> &str {
    let Body::Text(text) = response.body() else { panic!("{:?}", response.body()) };
    text
}

fn json_of(response: &Response<Body>) -> Value {
    serde_json::from_str(text(response)).expect("json")
}

async fn get(routes: &Routes, query: RoutesQuery) -> Response<Body> {
    routes.respond(query, Consistency::Strong, &HeaderMap::new()).await.expect("an answer")
}

#[tokio::test]
async fn every_environment_returns_all_earlier_writes() {
    let table = Table::start().await.expect("a table");
    let secret = secret();
    let (one, other) = (environment(&table, &secret), environment(&table, &secret));
    let empty = json!({"revision": 0, "time": "1970-01-01T00:00:00Z", "count": 0, "routes": []});
    assert_eq!(json_of(&get(&one, RoutesQuery::Whole).await), empty);
    let tax = online(&table, "tax", "https://tax.example.ee/").await;
    online(&table, "police", "https://police.example.ee/").await;
    let (first, second) = (get(&one, RoutesQuery::Whole).await, get(&other, RoutesQuery::Whole).await);
    assert_eq!(text(&first), text(&second), "one has a cached table, the other none");
    assert_eq!(json_of(&first)["count"], 2);
    force_offline(&table, &tax).await;
    for routes in [&one, &other] {
        let delta = json_of(&get(routes, RoutesQuery::Since(2)).await);
        assert_eq!((&delta["revision"], &delta["count"]), (&json!(3), &json!(1)));
        assert_eq!(delta["changes"], json!([{"name": "tax", "gone": true}]));
    }
    let known = headers([(header::IF_NONE_MATCH, "\"3\"")]);
    for query in [RoutesQuery::Whole, RoutesQuery::Since(3)] {
        let unchanged = one.respond(query, Consistency::Eventual, &known).await.expect("an answer");
        assert_eq!((unchanged.status(), unchanged.body().is_empty()), (StatusCode::NOT_MODIFIED, true));
    }
}

#[tokio::test]
async fn delta_is_the_same_from_cache_and_from_log() {
    let table = Table::start().await.expect("a table");
    let secret = secret();
    let warm = environment(&table, &secret);
    get(&warm, RoutesQuery::Whole).await;
    let names = join_all((0..6).map(|number| {
        let name = format!("bot-{number}");
        let table = &table;
        async move { online(table, &name, "https://bot.example.ee/").await }
    }));
    for name in names.await.iter().step_by(2) {
        force_offline(&table, name).await;
    }
    let last = json_of(&get(&warm, RoutesQuery::Whole).await)["revision"].as_u64().expect("a revision");
    for since in 0..=last {
        let cold = environment(&table, &secret);
        let (cached, logged) =
            (get(&warm, RoutesQuery::Since(since)).await, get(&cold, RoutesQuery::Since(since)).await);
        let read = |response| serde_json::from_str::<RouteChanges>(text(response)).expect("a delta");
        assert_eq!(read(&cached), read(&logged), "since {since}");
    }
    let ahead = warm.respond(RoutesQuery::Since(last + 1), Consistency::Strong, &HeaderMap::new()).await;
    assert_eq!(ahead.expect_err("ahead").status(), StatusCode::GONE);
}

#[tokio::test]
async fn response_is_signed_before_it_is_compressed() {
    let table = Table::start().await.expect("a table");
    online(&table, "tax", "https://tax.example.ee/").await;
    let routes = environment(&table, &secret());
    let plain = get(&routes, RoutesQuery::Whole).await;
    let signature = plain.headers()[centops_signing::SIGNATURE_HEADER].to_str().expect("text");
    let (protected, signature) = signature.split_once("..").expect("detached");
    let signer = routes.signing.value(Timestamp::now()).await.expect("a signer");
    let keys = serde_json::to_value(signer.jwks()).expect("json");
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(keys["keys"][0].clone()).expect("a key");
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).expect("a key");
    let verifies = |body: &str| {
        let input = format!("{protected}.{body}");
        jsonwebtoken::crypto::verify(signature, input.as_bytes(), &key, jsonwebtoken::Algorithm::ES256)
            .expect("verified")
    };
    assert!(verifies(text(&plain)) && !verifies(&text(&plain).replace("tax", "tex")));
    let zstd = headers([(header::ACCEPT_ENCODING, "zstd")]);
    let packed = routes.respond(RoutesQuery::Whole, Consistency::Strong, &zstd).await.expect("an answer");
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "zstd");
    let Body::Binary(bytes) = packed.body() else { panic!("{:?}", packed.body()) };
    let mut unpacked = String::new();
    zstd::Decoder::new(bytes.as_slice()).expect("zstd").read_to_string(&mut unpacked).expect("zstd");
    assert_eq!(unpacked, text(&plain));
}

#[tokio::test]
async fn table_that_did_not_change_is_signed_by_the_key_in_force() {
    let table = Table::start().await.expect("a table");
    online(&table, "tax", "https://tax.example.ee/").await;
    let stored = Arc::new(std::sync::Mutex::new(secret()));
    let routes = environment_with(&table, {
        let stored = Arc::clone(&stored);
        move || stored.lock().expect("no test panics with it").clone()
    });
    let key_of = |response: Response<Body>| {
        let signature = response.headers()[centops_signing::SIGNATURE_HEADER].to_str().expect("text").to_owned();
        signature.split_once("..").expect("detached").0.to_owned()
    };
    let before = key_of(get(&routes, RoutesQuery::Whole).await);
    assert_eq!(key_of(get(&routes, RoutesQuery::Whole).await), before);
    *stored.lock().expect("no test panics with it") = secret();
    // The secret is read again: five minutes have passed.
    let later = Timestamp::now() + jiff::SignedDuration::from_mins(6);
    routes.signing.value(later).await.expect("a signer");
    let after = key_of(get(&routes, RoutesQuery::Whole).await);
    assert_ne!(after, before);
    assert_eq!(key_of(get(&routes, RoutesQuery::Whole).await), after);
}

#[tokio::test]
async fn each_encoding_has_a_tag_of_its_own_and_304_the_headers_of_its_200() {
    let table = Table::start().await.expect("a table");
    online(&table, "tax", "https://tax.example.ee/").await;
    let routes = environment(&table, &secret());
    for (accepted, tag) in [("identity", "\"1\""), ("gzip", "W/\"1\""), ("zstd", "W/\"1\"")] {
        let accept = headers([(header::ACCEPT_ENCODING, accepted)]);
        let full = routes.respond(RoutesQuery::Whole, Consistency::Strong, &accept).await.expect("an answer");
        assert_eq!(full.status(), StatusCode::OK, "{accepted}");
        assert_eq!(full.headers()[header::ETAG], tag, "{accepted}");
        for known in ["\"1\"", "W/\"1\"", "\"0\", \"1\""] {
            let conditional = headers([(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, known)]);
            let same = routes.respond(RoutesQuery::Whole, Consistency::Strong, &conditional).await.expect("an answer");
            assert_eq!(same.status(), StatusCode::NOT_MODIFIED, "{accepted} {known}");
            for name in [header::ETAG, header::VARY] {
                assert_eq!(same.headers().get(&name), full.headers().get(&name), "{name} {accepted} {known}");
            }
        }
    }
}

#[tokio::test]
async fn returns_406_if_every_encoding_is_refused() {
    let table = Table::start().await.expect("a table");
    let routes = environment(&table, &secret());
    let refused = headers([(header::ACCEPT_ENCODING, "*;q=0")]);
    for query in [RoutesQuery::Whole, RoutesQuery::Since(0)] {
        let problem = routes.respond(query, Consistency::Strong, &refused).await.expect_err("nothing is accepted");
        assert_eq!(problem.status(), StatusCode::NOT_ACCEPTABLE);
    }
}

/// The pages of a table that no response can contain are all of one revision, even if routes change in between.
#[tokio::test]
async fn table_too_large_for_one_response_is_returned_in_pages() {
    let table = Table::start().await.expect("a table");
    let long = |number: usize| format!("https://bot.example.ee/{}", format!("{number:08}").repeat(240));
    let bots = (0..280).map(|number| (format!("bot-{number:03}"), long(number)));
    let bots: Vec<_> = bots.collect();
    let names = join_all(bots.iter().map(|(name, uri)| online(&table, name, uri))).await;
    let routes = Routes { max_bytes: 100_000, ..environment(&table, &secret()) };
    let none =
        routes.respond(RoutesQuery::Whole, Consistency::Strong, &HeaderMap::new()).await.expect_err("no snapshot yet");
    assert_eq!(none.status(), StatusCode::SERVICE_UNAVAILABLE, "never a short table");
    let made = table.store.make_snapshot(Timestamp::now()).await.expect("made").made.expect("there was none");
    assert!(made.parts > 1);
    let mut page = json_of(&get(&routes, RoutesQuery::Whole).await);
    force_offline(&table, &names[7]).await;
    let mut found = BTreeMap::new();
    loop {
        assert_eq!((page["revision"].as_u64(), page["count"].as_u64()), (Some(made.head.revision), Some(280)));
        for route in page["routes"].as_array().expect("routes") {
            found.insert(route["name"].clone().to_string(), route["uri"].clone());
        }
        let Some(next) = page["next"].as_str().map(str::to_owned) else { break };
        page = json_of(&get(&routes, RoutesQuery::Page(position(&next))).await);
    }
    assert_eq!(found.len(), 280);
    let delta = json_of(&get(&routes, RoutesQuery::Since(made.head.revision)).await);
    assert_eq!((&delta["count"], delta["changes"].as_array().map(Vec::len)), (&json!(279), Some(1)));
    let packed = headers([(header::ACCEPT_ENCODING, "gzip")]);
    let whole = routes.respond(RoutesQuery::Whole, Consistency::Strong, &packed).await.expect("an answer");
    assert!(matches!(whole.body(), Body::Binary(_)), "compressed it fits into one");
}

/// Returns the position of a cursor, read from a gateway request.
fn position(next: &str) -> Position {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../../events/routes/get-routes.json")).expect("an event");
    event["queryStringParameters"] = json!({ "cursor": next });
    event["multiValueQueryStringParameters"] = json!({ "cursor": [next] });
    let request = lambda_http::request::from_str(&event.to_string()).expect("a request");
    cursor::read(&request).expect("ours").expect("a cursor")
}
