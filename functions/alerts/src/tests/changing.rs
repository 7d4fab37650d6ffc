//! Changing and ending.

use aws_sdk_sns::{Client, operation::delete_topic::DeleteTopicError};
use aws_smithy_mocks::mock;
use centops_api::{StatusCode, clock};
use centops_domain::notifications::{Coverage, EndedBy, Enrolment, State};
use centops_store::notifications::StoredSubscription;
use centops_table::audit_context;
use serde_json::{Value, json};

use super::support::{Request, active, change, confirmations, deletes_topic, enrol, pending, table, waking};
use crate::{delete_subscription::DeleteSubscription, update_subscription::UpdateSubscription};

#[tokio::test]
async fn settings_and_coverage_change_and_foreign_chatbots_are_refused() {
    let table = table().await;
    let subscription = active(&table).await;
    let own = enrol(&table, "tax", "tax-board").await;
    enrol(&table, "desk", "police").await;
    let patch = async |body: Value| {
        let request =
            Request::of("update-subscription").by("owner", "tax-board").path("subscription", &subscription.id);
        request.body(&body).send::<UpdateSubscription>(&waking(&table), &table).await
    };
    let changed = patch(json!({"settings": {"language": "en"}, "chatbots": ["tax"]})).await;
    assert_eq!((changed.status, &changed.body["settings"]["language"]), (StatusCode::OK, &json!("en")));
    let stored = table.store.subscriber(subscription.id).await.expect("stored");
    assert!(stored.value.subscription.coverage.includes(&Enrolment::from(&own)));
    assert!(matches!(stored.value.subscription.coverage, Coverage::Chatbots { .. }));
    assert_eq!(changed.header("etag"), format!("\"{}\"", stored.version));
    for (body, pointer) in [
        (json!({"chatbots": ["tax", "desk"]}), "#/chatbots"),
        (json!({"chatbots": ["tax", "nobody"]}), "#/chatbots"),
        (json!({"chatbots": []}), "#/chatbots"),
        (json!({"chatbots": "none"}), "#/chatbots"),
        (json!({"settings": {"quietHours": {"daily": {"from": "22:00", "until": "22:00"}}}}), "#/settings/quietHours"),
        (json!({}), "#"),
        (json!({"address": "a@b.ee"}), "#/address"),
    ] {
        let refused = patch(body.clone()).await;
        let found = refused.body["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(found.starts_with(pointer), "{body} {found}");
    }
    let all = patch(json!({"chatbots": "all"})).await.body;
    assert_eq!(all["coverage"], json!({"type": "institution", "institution": "tax-board"}));
    let operations = pending(&table, None, "mail", "centre@example.ee").await.id;
    let request =
        Request::of("update-subscription").path("subscription", &operations).body(&json!({"chatbots": "all"}));
    let refused = request.send::<UpdateSubscription>(&waking(&table), &table).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn change_based_on_an_old_version_is_refused() {
    let table = table().await;
    let subscription = active(&table).await;
    let patch = Request::of("update-subscription").path("subscription", &subscription.id);
    let patch = |language: &str| patch.clone().body(&json!({"settings": {"language": language}}));
    let first = patch("en").send::<UpdateSubscription>(&waking(&table), &table).await;
    let current = patch("et").header("if-match", first.header("etag"));
    assert_eq!(current.send::<UpdateSubscription>(&waking(&table), &table).await.status, StatusCode::OK);
    assert_eq!(
        current.send::<UpdateSubscription>(&waking(&table), &table).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    let delete = Request::of("delete-subscription").path("subscription", &subscription.id);
    let delete = delete.header("if-match", first.header("etag"));
    let state = confirmations(&table, &[]);
    assert_eq!(delete.send::<DeleteSubscription>(&state, &table).await.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn resuming_looks_at_what_waits_and_state_decides_what_is_possible() {
    let table = table().await;
    let subscription = active(&table).await;
    let id = subscription.id;
    let patch = async |paused: bool| {
        let request = Request::of("update-subscription").path("subscription", &id).body(&json!({"paused": paused}));
        request.send::<UpdateSubscription>(&waking(&table), &table).await
    };
    assert_eq!(patch(true).await.body["state"]["name"], "paused");
    assert!(table.store.due_subscriptions(clock::now(), 9).await.expect("due").is_empty());
    assert_eq!(patch(false).await.body["state"]["name"], "active");
    let due = table.store.due_subscriptions(clock::now(), 9).await.expect("due");
    assert_eq!(due.iter().map(|(_, due)| *due).collect::<Vec<_>>(), [id]);
    change(&table, id, |old| old.failed("403".to_owned(), clock::now()).expect("active")).await;
    assert_eq!(patch(true).await.status, StatusCode::CONFLICT);
    assert_eq!(patch(false).await.body["state"]["name"], "active");
    change(&table, id, |old| old.ended(EndedBy::Recipient, clock::now())).await;
    let ended = patch(false).await;
    assert_eq!((ended.status, &ended.body["detail"]), (StatusCode::CONFLICT, &json!("The subscription has ended.")));
}

#[tokio::test]
async fn topic_ends_with_its_subscription_also_at_a_repetition() {
    let table = table().await;
    let subscription = pending(&table, Some("tax-board"), "email", "owner@example.ee").await;
    let audit = audit_context(&table.audit, clock::now());
    let subscribed = |old: &StoredSubscription| {
        Ok(StoredSubscription { topic: Some("topic".to_owned()), arn: Some("arn".to_owned()), ..old.clone() })
    };
    table.store.change_subscriber(&audit, subscription.id, None, subscribed).await.expect("changed");
    let delete = Request::of("delete-subscription").by("owner", "tax-board").path("subscription", &subscription.id);
    let broken = mock!(Client::delete_topic).then_error(|| DeleteTopicError::unhandled("no answer"));
    let state = confirmations(&table, &[&broken]);
    assert_eq!(delete.send::<DeleteSubscription>(&state, &table).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let stored = table.store.subscriber(subscription.id).await.expect("stored").value;
    assert!(matches!(stored.subscription.state, State::Ended { by: EndedBy::Owner, .. }), "it has ended all the same");
    let working = deletes_topic();
    let state = confirmations(&table, &[&working]);
    for _ in 0..2 {
        assert_eq!(delete.send::<DeleteSubscription>(&state, &table).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(working.num_calls(), 1, "it is deleted once");
    let stored = table.store.subscriber(subscription.id).await.expect("stored").value;
    assert_eq!((stored.topic, stored.arn), (None, None));
}
