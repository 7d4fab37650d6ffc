//! Tests of log reports ingested into a real table: stored entries, and messages to deliver again.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use aws_lambda_events::sqs::SqsEvent;
use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{Batch, PolicyDocument},
    ingestion::{LogLevel, MaskedEntry, MaskedReport, Observer, Sequence},
};
use centops_queues::{Report, Sender, ingest};
use centops_store::{Store, health::PolicyCache, ingestion::LogQuery};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};

/// Returns the time of enrolment, a day ago: within the retention of log entries, fourteen days.
fn enrolment() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24)
}

async fn enrol(Table { store, audit, .. }: &Table, now: Timestamp) -> Name {
    let new = serde_json::json!({
        "name": "tax", "uri": "https://bot.example.ee/", "type": "ministry", "institution": "tax-board",
        "contact": "owner@example.ee",
    });
    let enrolled = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
    store.create_chatbot(&centops_table::audit_context(audit, now), enrolled).await.expect("created").value.name
}

fn entry(at: Timestamp, message: &str) -> MaskedEntry {
    MaskedEntry { at, level: LogLevel::Info, message: message.to_owned() }
}

/// Returns a message of the chatbot with these entries.
fn message(sequence: u32, entries: &[MaskedEntry]) -> serde_json::Value {
    let body = serde_json::to_string(&MaskedReport { logs: entries.to_vec() }).expect("json");
    serde_json::json!({
        "messageId": sequence.to_string(), "body": body,
        "attributes": {"MessageGroupId": "chatbot:tax", "SequenceNumber": sequence.to_string()},
    })
}

/// Delivers `messages`, and returns the ids of those that must be delivered again.
async fn deliver(store: &Store, messages: &[serde_json::Value]) -> Vec<String> {
    let event: SqsEvent = serde_json::from_value(serde_json::json!({"Records": messages})).expect("an event");
    let parse = |sender: &Sender, body: &str| -> Result<Report, serde_json::Error> {
        let Sender::Chatbot(name) = sender else { return Err(serde::de::Error::custom("not a chatbot")) };
        let report: MaskedReport = serde_json::from_str(body)?;
        let observations = report.logs.iter().map(MaskedEntry::observation).collect();
        Ok(Report {
            observer: Observer::Chatbot,
            observations: BTreeMap::from([(name.clone(), observations)]),
            entries: report.logs,
        })
    };
    let response = ingest(store, &PolicyCache::default(), event, parse).await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

/// Returns the texts of the stored entries, newest first.
async fn stored(store: &Store, name: &Name, enrolled: Timestamp) -> Vec<String> {
    let query = LogQuery { limit: 100, ..LogQuery::default() };
    let page = store.logs(name, enrolled, &query, Timestamp::now()).await.expect("a page");
    page.items.into_iter().map(|entry| entry.message).collect()
}

async fn counted(store: &Store, name: &Name) -> u64 {
    store.health(name).await.expect("health").value.levels().values().sum()
}

#[tokio::test]
async fn stores_counted_entries_but_none_from_before_the_enrolment() {
    let table = Table::start().await.expect("a table");
    let enrolled = enrolment();
    let name = enrol(&table, enrolled).await;
    let store = table.store;
    let at = |seconds| enrolled + SignedDuration::from_secs(seconds);
    let messages = [message(1, &[entry(at(-1), "before"), entry(at(1), "a")]), message(2, &[entry(at(2), "b")])];
    assert!(deliver(&store, &messages).await.is_empty());
    assert_eq!(stored(&store, &name, enrolled).await, ["b", "a"]);
    assert_eq!(counted(&store, &name).await, 2);
    assert!(deliver(&store, &messages).await.is_empty());
    assert_eq!(stored(&store, &name, enrolled).await, ["b", "a"], "delivered twice, stored once");
    assert_eq!(counted(&store, &name).await, 2);
}

#[tokio::test]
async fn stores_entries_of_a_message_that_was_counted_before_a_crash() {
    let table = Table::start().await.expect("a table");
    let enrolled = enrolment();
    let name = enrol(&table, enrolled).await;
    let store = table.store;
    let entries = [entry(enrolled, "a")];
    let observations = entries.iter().map(MaskedEntry::observation).collect();
    let batch = Batch { observer: Observer::Chatbot, sequence: Sequence::from(1), observations };
    store.observe(&name, &[batch], &PolicyDocument::default(), Timestamp::now(), 0.0).await.expect("counted");
    assert!(stored(&store, &name, enrolled).await.is_empty(), "the crash happens here");
    assert!(deliver(&store, &[message(1, &entries)]).await.is_empty());
    assert_eq!(stored(&store, &name, enrolled).await, ["a"]);
    assert_eq!(counted(&store, &name).await, 1);
}

#[tokio::test]
async fn message_with_entries_that_cannot_be_stored_fails_and_counts_once() {
    let table = Table::start().await.expect("a table");
    let enrolled = enrolment();
    let name = enrol(&table, enrolled).await;
    let store = table.store;
    // DynamoDB rejects items of more than 400 KB.
    let messages = [
        message(1, &[entry(enrolled, "a")]),
        message(2, &[entry(enrolled, &"x".repeat(500_000))]),
        message(3, &[entry(enrolled, "c")]),
    ];
    // The messages are folded together, so the first fails with the second.
    for _ in 0..2 {
        assert_eq!(deliver(&store, &messages).await, ["1", "2", "3"]);
        assert_eq!(counted(&store, &name).await, 3);
    }
    // Without the oversized entry the other entries are stored, although they were counted before.
    assert!(deliver(&store, &[messages[0].clone(), messages[2].clone()]).await.is_empty());
    assert_eq!(stored(&store, &name, enrolled).await, ["c", "a"]);
    assert_eq!(counted(&store, &name).await, 3);
}

#[tokio::test]
async fn log_of_an_unknown_chatbot_is_dropped() {
    let Table { store, client, .. } = Table::start().await.expect("a table");
    assert!(deliver(&store, &[message(1, &[entry(Timestamp::now(), "a")])]).await.is_empty());
    let scan = client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
    assert!(scan.items().is_empty());
}
