//! Creating: `POST /subscriptions`, and its older form.

use aws_sdk_sns::{
    Client,
    operation::{
        create_topic::CreateTopicError,
        subscribe::{SubscribeError, SubscribeOutput},
    },
    types::error::InvalidParameterException,
};
use aws_smithy_mocks::{Rule, mock};
use centops_api::{StatusCode, clock};
use centops_domain::{
    chatbots::AllowedNetworks,
    notifications::{Address, Channel, EndedBy, Enrolment, State, SubscriptionId},
};
use centops_table::Table;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::{Request, Response, change, creates_topic, enrol, recipients, says_confirmed, subscribes, table};
use crate::{create_subscription::CreateSubscription, subscribe_to_chatbot::SubscribeToChatbot};

const QUEUE: &str = "arn:aws:sqs:eu-north-1:000000000000:owner";

/// Sends `POST /subscriptions` with `body`, of a person with `role` at `tax-board`, with SNS as `rules`.
async fn create(table: &Table, rules: &[&Rule], role: &str, body: &Value) -> Response {
    let state = CreateSubscription { recipients: recipients(table, rules), networks: AllowedNetworks::default() };
    let request = Request::of("create-subscription").by(role, "tax-board").body(body);
    request.send::<CreateSubscription>(&state, table).await
}

/// Sends `POST /chatbots/{name}/subscriptions` for the chatbot `name`.
async fn subscribe(table: &Table, rules: &[&Rule], name: &str, protocol: &str, endpoint: &str) -> Response {
    let state = SubscribeToChatbot { recipients: recipients(table, rules), networks: AllowedNetworks::default() };
    let body = json!({"protocol": protocol, "endpoint": endpoint});
    let request = Request::of("subscribe-to-chatbot").by("owner", "tax-board").path("name", &name).body(&body);
    request.send::<SubscribeToChatbot>(&state, table).await
}

fn at_tax_board(channel: &str, address: &str) -> Value {
    json!({"channel": channel, "address": address, "institution": "tax-board"})
}

fn id_of(channel: Channel, address: &str) -> SubscriptionId {
    let institution = "tax-board".parse().expect("a name");
    SubscriptionId::new(Some(&institution), &Address::new(channel, address).expect("an address"))
}

#[tokio::test]
async fn queue_is_active_at_once_and_mail_waits_for_its_recipient() {
    let table = table().await;
    let (topic, subscribed) = (creates_topic(), subscribes());
    let rules = [&topic, &subscribed, &says_confirmed(true)];
    let queue = create(&table, &rules, "owner", &at_tax_board("sqs", QUEUE)).await;
    assert_eq!(
        (queue.status, &queue.body["state"]["name"]),
        (StatusCode::CREATED, &json!("active")),
        "{:?}",
        queue.body
    );
    let id = id_of(Channel::Sqs, QUEUE);
    assert_eq!(queue.header("location"), format!("/subscriptions/{id}"));
    let stored = table.store.subscriber(id).await.expect("stored");
    assert_eq!((stored.value.topic.as_deref(), stored.value.arn.as_deref()), (Some("topic"), Some("arn")));
    assert_eq!(queue.header("etag"), format!("\"{}\"", stored.version));
    let mail = create(&table, &rules[..2], "owner", &at_tax_board("email", "owner@example.ee")).await;
    assert_eq!((mail.status, &mail.body["state"]["name"]), (StatusCode::CREATED, &json!("pending")));
    assert!(mail.body.get("secret").is_none());
}

#[tokio::test]
async fn only_administrators_subscribe_for_the_centre_and_owners_for_their_own() {
    let table = table().await;
    let (topic, subscribed) = (creates_topic(), subscribes());
    let rules = [&topic, &subscribed];
    let centre = json!({"channel": "email", "address": "centre@example.ee"});
    let foreign = json!({"channel": "email", "address": "owner@example.ee", "institution": "police"});
    for (role, body, status) in [
        ("operator", &centre, StatusCode::FORBIDDEN),
        ("owner", &centre, StatusCode::FORBIDDEN),
        ("viewer", &centre, StatusCode::FORBIDDEN),
        ("owner", &foreign, StatusCode::FORBIDDEN),
        ("viewer owner", &foreign, StatusCode::FORBIDDEN),
        ("admin", &centre, StatusCode::CREATED),
        ("operator", &foreign, StatusCode::CREATED),
    ] {
        assert_eq!(create(&table, &rules, role, body).await.status, status, "{role} {body}");
    }
}

#[tokio::test]
async fn wrong_parts_are_named_and_private_addresses_refused_before_sns_is_asked() {
    let table = table().await;
    enrol(&table, "desk", "police").await;
    let with = |name: &str, value: Value| {
        let mut body = at_tax_board("email", "owner@example.ee");
        body[name] = value;
        body
    };
    for (body, pointer) in [
        (at_tax_board("email", "nobody"), "#/address"),
        (at_tax_board("sms", "5551234"), "#/address"),
        (at_tax_board("webhook", "http://example.ee/"), "#/address"),
        (at_tax_board("https", "https://169.254.169.254/latest/meta-data/"), "#/address"),
        (at_tax_board("slack", "HTTPS://0xA9FEA9FE/"), "#/address"),
        (at_tax_board("teams", "https://[::1]/"), "#/address"),
        (at_tax_board("alertmanager", "https://hooks.internal/"), "#/address"),
        (at_tax_board("webhook", "https://1.1.1.1:25/"), "#/address"),
        (at_tax_board("fax", "1"), "#/channel"),
        (with("chatbots", json!(["desk"])), "#/chatbots"),
        (with("chatbots", json!(["nobody"])), "#/chatbots"),
        (with("settings", json!({"zone": "EET"})), "#/settings/zone"),
        (with("paused", json!(true)), "#/paused"),
    ] {
        let refused = create(&table, &[], "owner", &body).await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["pointer"]),
            (StatusCode::BAD_REQUEST, &json!(pointer)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn address_has_one_subscription_until_it_ends_and_none_after_its_recipient_ended_it() {
    let table = table().await;
    let (topic, subscribed) = (creates_topic(), subscribes());
    let rules = [&topic, &subscribed];
    let body = at_tax_board("email", "Owner@EXAMPLE.ee");
    assert_eq!(create(&table, &rules, "owner", &body).await.status, StatusCode::CREATED);
    let same = at_tax_board("email", "Owner@example.ee");
    let again = create(&table, &rules, "owner", &same).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(
        again.body["detail"].as_str().is_some_and(|detail| detail.contains("waits for the confirmation")),
        "{:?}",
        again.body
    );
    let id = id_of(Channel::Email, "Owner@example.ee");
    change(&table, id, |old| {
        let since = clock::now() - SignedDuration::from_hours(49);
        centops_domain::notifications::Subscription { state: State::Pending { since }, ..old.clone() }
    })
    .await;
    let renewed = create(&table, &rules, "owner", &same).await;
    assert_eq!(renewed.status, StatusCode::CREATED, "nobody confirmed the first one in time");
    assert_eq!(table.store.subscriber(id).await.expect("stored").value.subscription.generation, 2);
    change(&table, id, |old| old.ended(EndedBy::Recipient, clock::now())).await;
    let refused = create(&table, &rules, "admin", &same).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("recipient")), "{:?}", refused.body);
    enrol(&table, "tax", "tax-board").await;
    assert_eq!(subscribe(&table, &rules, "tax", "email", "Owner@example.ee").await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn address_that_sns_refuses_is_named_and_can_be_corrected() {
    let table = table().await;
    let refusing = mock!(Client::subscribe).then_error(|| {
        let refused = InvalidParameterException::builder().message("Invalid parameter: Endpoint").build();
        SubscribeError::InvalidParameterException(refused)
    });
    let (topic, body) = (creates_topic(), at_tax_board("email", "owner@example.ee"));
    let refused = create(&table, &[&topic, &refusing], "owner", &body).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("#/address")));
    let stored = table.store.subscriber(id_of(Channel::Email, "owner@example.ee")).await.expect("stored").value;
    assert!(matches!(stored.subscription.state, State::Ended { by: EndedBy::Owner, .. }));
    let subscribed = subscribes();
    assert_eq!(create(&table, &[&topic, &subscribed], "owner", &body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn request_that_stopped_before_sns_answered_is_continued_by_its_repetition() {
    let table = table().await;
    let broken = mock!(Client::create_topic).then_error(|| CreateTopicError::unhandled("no answer"));
    let body = at_tax_board("sqs", QUEUE);
    assert_eq!(create(&table, &[&broken], "owner", &body).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let (topic, subscribed, confirmed) = (creates_topic(), subscribes(), says_confirmed(true));
    let rules = [&topic, &subscribed, &confirmed];
    let repeated = create(&table, &rules, "owner", &body).await;
    assert_eq!((repeated.status, &repeated.body["state"]["name"]), (StatusCode::CREATED, &json!("active")));
    assert_eq!(
        table.store.subscriber(id_of(Channel::Sqs, QUEUE)).await.expect("stored").value.subscription.generation,
        1
    );
    assert_eq!(create(&table, &rules, "owner", &body).await.status, StatusCode::CONFLICT, "it is complete");
}

#[tokio::test]
async fn second_chatbot_joins_the_subscription_of_the_address() {
    let table = table().await;
    let [tax, customs] = [enrol(&table, "tax", "tax-board").await, enrol(&table, "customs", "tax-board").await];
    enrol(&table, "desk", "police").await;
    let subscribed = mock!(Client::subscribe)
        .match_requests(|request| request.endpoint() == Some("https://1.1.1.1/a%7Cb"))
        .then_output(|| SubscribeOutput::builder().subscription_arn("arn").build());
    let topic = creates_topic();
    let first = subscribe(&table, &[&topic, &subscribed], "tax", "https", "HTTPS://1.1.1.1:443/a|b").await;
    let expected = json!({"id": "arn", "chatbot": "tax", "protocol": "https", "endpoint": "https://1.1.1.1/a%7Cb"});
    assert_eq!((first.status, &first.body), (StatusCode::CREATED, &expected));
    let id = id_of(Channel::Https, "https://1.1.1.1/a%7Cb");
    let covers = async |chatbot| {
        let stored = table.store.subscriber(id).await.expect("stored").value;
        stored.subscription.coverage.includes(&Enrolment::from(chatbot))
    };
    assert!(covers(&tax).await && !covers(&customs).await);
    // SNS is not asked again.
    let second = subscribe(&table, &[], "customs", "https", "https://1.1.1.1/a|b").await;
    assert_eq!((second.status, &second.body["id"]), (StatusCode::CREATED, &json!("arn")));
    assert!(covers(&tax).await && covers(&customs).await);
    let version = table.store.subscriber(id).await.expect("stored").version;
    assert_eq!(subscribe(&table, &[], "customs", "https", "https://1.1.1.1/a|b").await.status, StatusCode::CREATED);
    assert_eq!(table.store.subscriber(id).await.expect("stored").version, version, "a repetition changes nothing");
    assert_eq!(subscribe(&table, &[], "desk", "https", "https://1.1.1.1/a|b").await.status, StatusCode::FORBIDDEN);
    for (protocol, endpoint, pointer) in [
        ("email", "nobody", "#/endpoint"),
        ("https", "https://169.254.169.254/", "#/endpoint"),
        ("webhook", "https://1.1.1.1/", "#/protocol"),
    ] {
        let refused = subscribe(&table, &[], "tax", protocol, endpoint).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!(pointer)));
    }
}

#[tokio::test]
async fn chatbot_begins_a_new_subscription_after_its_owner_ended_the_last() {
    let table = table().await;
    let [tax, customs] = [enrol(&table, "tax", "tax-board").await, enrol(&table, "customs", "tax-board").await];
    let (topic, subscribed, confirmed) = (creates_topic(), subscribes(), says_confirmed(true));
    let rules = [&topic, &subscribed, &confirmed];
    assert_eq!(subscribe(&table, &rules, "tax", "sqs", QUEUE).await.status, StatusCode::CREATED);
    let id = id_of(Channel::Sqs, QUEUE);
    change(&table, id, |old| old.ended(EndedBy::Owner, clock::now())).await;
    assert_eq!(subscribe(&table, &rules, "customs", "sqs", QUEUE).await.status, StatusCode::CREATED);
    let subscription = table.store.subscriber(id).await.expect("stored").value.subscription;
    assert_eq!(subscription.generation, 2);
    let covers = |chatbot| subscription.coverage.includes(&Enrolment::from(chatbot));
    assert!(covers(&customs) && !covers(&tax), "the chatbots of the last one ended with it");
    assert_eq!((topic.num_calls(), subscribed.num_calls()), (2, 2));
}
