//! Confirming: by a code, by a test message, and by SNS.

use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{Rule, mock};
use centops_api::{StatusCode, clock};
use centops_domain::{
    chatbots::AllowedNetworks,
    notifications::{EndedBy, SubscriptionId},
};
use centops_table::Table;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::support::{
    Request, Response, asking, change, creates_topic, master, pending, recipients, says_confirmed, subscribes, table,
};
use crate::{
    confirm_subscription::ConfirmSubscription, create_subscription::CreateSubscription, recipients::Recipients,
};

const ROUTING_KEY: &str = "R0123456789ABCDEF0123456789abcde";

async fn create(state: Recipients, table: &Table, channel: &str, address: &str) -> (Response, Recipients) {
    let networks = AllowedNetworks::parse("127.0.0.0/8").expect("a network");
    let state = CreateSubscription { recipients: state, networks };
    let body =
        json!({"channel": channel, "address": address, "institution": "tax-board", "settings": {"language": "en"}});
    let request = Request::of("create-subscription").by("owner", "tax-board").body(&body);
    let response = request.send::<CreateSubscription>(&state, table).await;
    (response, state.recipients)
}

async fn confirm(state: &Recipients, table: &Table, id: &Value, body: Value) -> Response {
    let id = id.as_str().expect("an id");
    let request = Request::of("confirm-subscription").by("owner", "tax-board").path("subscription", &id).body(&body);
    request.send::<ConfirmSubscription>(state, table).await
}

/// Returns an SES that accepts every mail, and the texts of the mails.
fn mailbox() -> (Rule, Arc<Mutex<Vec<String>>>) {
    let mails = Arc::new(Mutex::new(vec![]));
    let kept = Arc::clone(&mails);
    let rule = mock!(aws_sdk_sesv2::Client::send_email)
        .match_requests(move |request| {
            let body = request.content().and_then(|content| content.simple()).and_then(|message| message.body());
            let text = body.and_then(|body| body.text()).map(|text| text.data().to_owned());
            kept.lock().expect("not poisoned").extend(text);
            true
        })
        .then_output(|| SendEmailOutput::builder().message_id("ses").build());
    (rule, mails)
}

/// Returns the code in the newest mail.
fn code_in(mails: &Mutex<Vec<String>>) -> String {
    let mails = mails.lock().expect("not poisoned");
    let text = mails.last().expect("a mail");
    let code = text.split_whitespace().find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
    code.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// Returns another code than `code`.
fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn code_in_a_mail_confirms_and_five_wrong_ones_do_not() {
    let table = table().await;
    let (ses, mails) = mailbox();
    let (created, state) = create(asking(&table, &[], &[&ses], 9), &table, "mail", "owner@example.ee").await;
    assert_eq!((created.status, &created.body["state"]["name"]), (StatusCode::CREATED, &json!("pending")));
    let (id, first) = (&created.body["id"], code_in(&mails));
    for _ in 0..5 {
        let wrong = confirm(&state, &table, id, json!({"code": other(&first)})).await;
        assert_eq!((wrong.status, &wrong.body["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("#/code")));
    }
    let spent = confirm(&state, &table, id, json!({"code": first})).await;
    assert_eq!(spent.status, StatusCode::CONFLICT, "{:?}", spent.body);
    for bad in ["12345", "1234567", "abcdef"] {
        let bad = confirm(&state, &table, id, json!({"code": bad})).await;
        assert_eq!((bad.status, &bad.body["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("#/code")));
    }
    let asked = confirm(&state, &table, id, json!({})).await;
    assert_eq!((asked.status, &asked.body["state"]["name"]), (StatusCode::OK, &json!("pending")));
    let confirmed = confirm(&state, &table, id, json!({"code": code_in(&mails)})).await;
    assert_eq!((confirmed.status, &confirmed.body["state"]["name"]), (StatusCode::OK, &json!("active")));
    let again = confirm(&state, &table, id, json!({})).await;
    assert_eq!((again.status, &again.body["state"]["name"]), (StatusCode::OK, &json!("active")));
    assert_eq!(mails.lock().expect("not poisoned").len(), 2, "nothing is sent to an active subscription");
    assert_eq!(again.header("etag"), confirmed.header("etag"));
}

#[tokio::test]
async fn address_gets_three_codes_a_day_and_none_after_the_end() {
    let table = table().await;
    let (ses, mails) = mailbox();
    let (created, state) = create(asking(&table, &[], &[&ses], 9), &table, "mail", "owner@example.ee").await;
    let id = &created.body["id"];
    for status in [StatusCode::OK, StatusCode::OK, StatusCode::CONFLICT] {
        assert_eq!(confirm(&state, &table, id, json!({})).await.status, status);
    }
    assert_eq!(mails.lock().expect("not poisoned").len(), 3);
    // The last code is still valid.
    let code = json!({"code": code_in(&mails)});
    let subscription: SubscriptionId = id.as_str().expect("text").parse().expect("an id");
    change(&table, subscription, |old| old.ended(EndedBy::Owner, clock::now())).await;
    assert_eq!(confirm(&state, &table, id, code).await.status, StatusCode::CONFLICT, "it has ended");
}

#[tokio::test]
async fn address_that_ses_refuses_is_named_and_can_be_subscribed_again() {
    let table = table().await;
    let refusing = mock!(aws_sdk_sesv2::Client::send_email).then_error(|| {
        let refused = aws_sdk_sesv2::types::error::MessageRejected::builder().message("Address blacklisted").build();
        SendEmailError::MessageRejected(refused)
    });
    let (refused, _) = create(asking(&table, &[], &[&refusing], 9), &table, "mail", "owner@example.ee").await;
    assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("#/address")));
    let (ses, _) = mailbox();
    let (created, _) = create(asking(&table, &[], &[&ses], 9), &table, "mail", "owner@example.ee").await;
    assert_eq!(created.status, StatusCode::CREATED);
}

#[tokio::test]
async fn code_of_a_text_message_is_published_on_the_topic_of_its_subscription() {
    let table = table().await;
    let published = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|request| request.topic_arn() == Some("topic") && request.phone_number().is_none())
        .then_output(|| PublishOutput::builder().message_id("sns").build());
    let (topic, subscribed) = (creates_topic(), subscribes());
    let state = asking(&table, &[&topic, &subscribed, &published], &[], 9);
    let (created, _) = create(state, &table, "sms", "+37255512345").await;
    assert_eq!((created.status, &created.body["state"]["name"]), (StatusCode::CREATED, &json!("pending")));
    assert_eq!(published.num_calls(), 1);
}

/// Starts a server that answers each request with the next of `statuses`. Returns its port.
async fn server(statuses: Vec<u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        for status in statuses {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = vec![0; 65_536];
            let _ = stream.read(&mut request).await.expect("a request");
            let response = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(response.as_bytes()).await.expect("written");
        }
    });
    port
}

#[tokio::test]
async fn answered_test_message_confirms_and_a_refused_one_can_be_repeated() {
    let table = table().await;
    let port = server(vec![403, 202]).await;
    let (created, state) = create(asking(&table, &[], &[], port), &table, "pagerduty", ROUTING_KEY).await;
    assert_eq!((created.status, &created.body["state"]["name"]), (StatusCode::CREATED, &json!("pending")));
    assert_eq!(created.body["address"], "***bcde");
    let with_code = confirm(&state, &table, &created.body["id"], json!({"code": "123456"})).await;
    assert_eq!(with_code.status, StatusCode::CONFLICT, "this channel has no codes");
    let repeated = confirm(&state, &table, &created.body["id"], json!({})).await;
    assert_eq!((repeated.status, &repeated.body["state"]["name"]), (StatusCode::OK, &json!("active")));
}

#[tokio::test]
async fn webhook_gets_its_secret_once() {
    let table = table().await;
    // Nothing listens there.
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
    let url = format!("https://127.0.0.1:{free}/hook");
    let (created, _) = create(asking(&table, &[], &[], 9), &table, "webhook", &url).await;
    assert_eq!((created.status, &created.body["state"]["name"]), (StatusCode::CREATED, &json!("pending")));
    let id: SubscriptionId = created.body["id"].as_str().expect("text").parse().expect("an id");
    assert_eq!(created.body["secret"], json!(master().webhook_secret(id, 1).text()));
    let stored = table.store.subscriber(id).await.expect("stored").value;
    assert!(!serde_json::to_string(&stored).expect("json").contains("whsec_"));
}

#[tokio::test]
async fn sns_is_asked_before_it_asks_the_recipient_again() {
    let table = table().await;
    let (topic, subscribed, waiting) = (creates_topic(), subscribes(), says_confirmed(false));
    let (created, state) =
        create(recipients(&table, &[&topic, &subscribed, &waiting]), &table, "email", "owner@example.ee").await;
    let asked = confirm(&state, &table, &created.body["id"], json!({})).await;
    assert_eq!((asked.status, &asked.body["state"]["name"]), (StatusCode::OK, &json!("pending")));
    assert_eq!((waiting.num_calls(), subscribed.num_calls()), (1, 2), "SNS sends its mail again");
    let confirmed = says_confirmed(true);
    let state = recipients(&table, &[&confirmed]);
    let active = confirm(&state, &table, &created.body["id"], json!({})).await;
    assert_eq!((active.status, &active.body["state"]["name"]), (StatusCode::OK, &json!("active")));
}

#[tokio::test]
async fn failing_and_ended_subscriptions_are_not_asked() {
    let table = table().await;
    let subscription = pending(&table, Some("tax-board"), "mail", "owner@example.ee").await;
    let state = asking(&table, &[], &[], 9);
    change(&table, subscription.id, |old| {
        old.confirmed(clock::now()).and_then(|old| old.failed("550".to_owned(), clock::now())).expect("pending")
    })
    .await;
    let id = json!(subscription.id);
    assert_eq!(confirm(&state, &table, &id, json!({})).await.status, StatusCode::CONFLICT);
    change(&table, subscription.id, |old| old.ended(EndedBy::Recipient, clock::now())).await;
    assert_eq!(confirm(&state, &table, &id, json!({})).await.status, StatusCode::CONFLICT);
}
