//! Messages, tests and redeliveries.

use centops_api::{StatusCode, clock};
use centops_domain::notifications::{Combined, Content, EndedBy, Subscription};
use centops_store::notifications::{Message, MessageState};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::support::{Request, active, change, table, waking};
use crate::{list_messages::ListMessages, redeliver_message::RedeliverMessage, test_subscription::TestSubscription};

/// Returns the id of the message `number`.
fn id(number: u8) -> String {
    format!("01a0c450-6c00-7303-8303-0303030303{number:02x}")
}

/// Stores the message `number` in `state`.
async fn message(table: &Table, subscription: &Subscription, number: u8, state: MessageState) {
    let now = Timestamp::now();
    let message = Message {
        id: id(number),
        subscription: subscription.id,
        at: now,
        notifications: vec!["event".to_owned()],
        body: "To owner@example.ee: tax is offline".to_owned(),
        subject: "tax is offline".to_owned(),
        attempts: 3,
        state,
    };
    let round = table.store.round(subscription.id).await.expect("a round");
    let opened = table.store.open_message(&round, &Combined::default(), Some(&message), now).await;
    let open = opened.expect("written").expect("ours");
    table.store.close_message(subscription.id, &open, now).await.expect("closed");
}

#[tokio::test]
async fn messages_are_listed_newest_first_without_texts_and_addresses() {
    let (table, now) = (table().await, clock::now());
    let subscription = active(&table).await;
    let error = "550 owner@example.ee: no such mailbox".to_owned();
    let until = now + SignedDuration::from_mins(5);
    for (number, state) in [
        MessageState::Sent { at: now, provider_id: Some("to owner@example.ee".to_owned()) },
        MessageState::Failed { at: now, error: error.clone() },
        MessageState::Waiting { until, error },
    ]
    .into_iter()
    .enumerate()
    {
        message(&table, &subscription, u8::try_from(number).expect("few"), state).await;
    }
    let list = |query: &[(&str, &str)]| {
        Request::of("list-messages").by("owner", "tax-board").path("subscription", &subscription.id).query(query)
    };
    let first = list(&[("limit", "2")]).send::<ListMessages>(&table.store, &table).await.body;
    let next = first["next"].as_str().expect("more");
    let rest = list(&[("cursor", next)]).send::<ListMessages>(&table.store, &table).await.body;
    let messages =
        [first["messages"].as_array().expect("a list").as_slice(), rest["messages"].as_array().expect("a list")];
    let messages = messages.concat();
    let states: Vec<_> = messages.iter().map(|message| message["state"].as_str().expect("a state")).collect();
    assert_eq!((states.as_slice(), &rest["next"]), (["waiting", "failed", "sent"].as_slice(), &json!(null)));
    let waiting = json!({
        "id": id(2), "at": messages[0]["at"], "subject": "tax is offline", "state": "waiting", "attempts": 3,
        "nextAttemptAt": until, "error": "550 [e-mail]: no such mailbox",
    });
    assert_eq!(messages[0], waiting);
    assert_eq!(messages[1]["changedAt"], json!(now));
    let text = json!(messages).to_string();
    assert!(!text.contains("owner@") && !text.contains("To "), "{text}");
}

#[tokio::test]
async fn sent_and_failed_messages_are_delivered_again() {
    let (table, now) = (table().await, clock::now());
    let subscription = active(&table).await;
    let failed = MessageState::Failed { at: now, error: "403".to_owned() };
    message(&table, &subscription, 1, failed).await;
    message(&table, &subscription, 2, MessageState::Sent { at: now, provider_id: None }).await;
    let redeliver = |message: &str| {
        let request = Request::of("redeliver-message").by("owner", "tax-board").path("subscription", &subscription.id);
        request.path("message", &message)
    };
    let status =
        async |message: &str| redeliver(message).send::<RedeliverMessage>(&waking(&table), &table).await.status;
    assert_eq!(status(&id(9)).await, StatusCode::NOT_FOUND);
    assert_eq!(status("1").await, StatusCode::BAD_REQUEST);
    assert_eq!(status(&id(1)).await, StatusCode::ACCEPTED);
    assert_eq!(status(&id(1)).await, StatusCode::CONFLICT, "it is being delivered");
    assert_eq!(status(&id(2)).await, StatusCode::CONFLICT, "one at a time");
    let round = table.store.round(subscription.id).await.expect("a round");
    let open = table.store.take_over(&round, clock::now()).await.expect("read").expect("its lease has expired");
    assert_eq!(open.message(), Some(id(1).as_str()));
    let stored = table.store.message(subscription.id, &id(1)).await.expect("stored").value;
    assert_eq!((stored.state, stored.body.as_str()), (MessageState::Sending, "To owner@example.ee: tax is offline"));
    table.store.close_message(subscription.id, &open, clock::now()).await.expect("closed");
    change(&table, subscription.id, |old| old.paused(clock::now()).expect("active")).await;
    assert_eq!(status(&id(2)).await, StatusCode::CONFLICT, "paused");
    change(&table, subscription.id, |old| old.resumed(clock::now()).expect("paused")).await;
    assert_eq!(status(&id(2)).await, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn test_is_queued_for_an_active_subscription() {
    let table = table().await;
    let subscription = active(&table).await;
    let test = Request::of("test-subscription").by("owner", "tax-board").path("subscription", &subscription.id);
    assert_eq!(test.send::<TestSubscription>(&waking(&table), &table).await.status, StatusCode::ACCEPTED);
    let pending = table.store.round(subscription.id).await.expect("a round").pending;
    assert_eq!(pending.iter().map(|one| &one.content).collect::<Vec<_>>(), [&Content::Test]);
    for end in [false, true] {
        change(&table, subscription.id, |old| {
            let now = clock::now();
            if end { old.ended(EndedBy::Owner, now) } else { old.paused(now).expect("active") }
        })
        .await;
        assert_eq!(test.send::<TestSubscription>(&waking(&table), &table).await.status, StatusCode::CONFLICT);
    }
}
