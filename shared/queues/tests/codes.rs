//! Tests of code reports folded into a real table: counted observations, and messages to deliver again.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use aws_lambda_events::sqs::SqsEvent;
use centops_domain::{
    chatbots::{Chatbot, Name},
    ingestion::{CodeClass, CodeReport, Observer},
};
use centops_queues::{Report, Sender, ingest};
use centops_store::{Store, health::PolicyCache, keys};
use centops_table::Table;
use jiff::Timestamp;

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

async fn enrol(Table { store, audit, .. }: &Table, text: &str) {
    let new = serde_json::json!({
        "name": text, "uri": "https://bot.example.ee/", "type": "ministry", "institution": "tax-board",
        "contact": "owner@example.ee",
    });
    let enrolled = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), Timestamp::UNIX_EPOCH);
    store.create_chatbot(&centops_table::audit_context(audit, Timestamp::UNIX_EPOCH), enrolled).await.expect("created");
}

/// Returns a message of `group` with one code for each of `chatbots`.
fn message(group: &str, sequence: u32, chatbots: &[&str]) -> serde_json::Value {
    let code = |chatbot: &&str| serde_json::json!({"chatbot": chatbot, "at": "2026-01-01T00:00:00Z", "status": 200});
    let body = serde_json::json!({"codes": chatbots.iter().map(code).collect::<Vec<_>>()});
    raw(group, sequence, &body.to_string())
}

fn raw(group: &str, sequence: u32, body: &str) -> serde_json::Value {
    serde_json::json!({
        "messageId": format!("{group}/{sequence}"), "body": body,
        "attributes": {"MessageGroupId": group, "SequenceNumber": sequence.to_string()},
    })
}

/// Delivers `messages`, and returns the ids of those that must be delivered again.
async fn deliver(store: &Store, messages: &[serde_json::Value]) -> Vec<String> {
    let event: SqsEvent = serde_json::from_value(serde_json::json!({"Records": messages})).expect("an event");
    let parse = |sender: &Sender, body: &str| -> Result<Report, String> {
        let Sender::Dmr(dmr) = sender else { return Err("not a DMR".into()) };
        let report: CodeReport = serde_json::from_str(body).map_err(|error| error.to_string())?;
        let mut observations: BTreeMap<Name, Vec<_>> = BTreeMap::new();
        for code in report.codes.iter() {
            observations.entry(code.chatbot.clone()).or_default().push(code.observation());
        }
        Ok(Report { observer: Observer::Dmr(dmr.clone()), observations, entries: Vec::new() })
    };
    let response = ingest(store, &PolicyCache::default(), event, parse).await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

async fn counted(store: &Store, text: &str) -> u64 {
    let health = store.health(&name(text)).await.expect("health").value;
    health.totals().get(&CodeClass::Success).copied().unwrap_or_default()
}

#[tokio::test]
async fn unreadable_message_fails_the_rest_of_its_group_only() {
    let table = Table::start().await.expect("a table");
    enrol(&table, "tax").await;
    let messages = [
        message("dmr:tallinn", 1, &["tax"]),
        raw("dmr:tallinn", 2, "poison"),
        message("dmr:narva", 3, &["tax"]),
        message("dmr:tallinn", 4, &["tax"]),
    ];
    assert_eq!(deliver(&table.store, &messages).await, ["dmr:tallinn/2", "dmr:tallinn/4"]);
    assert_eq!(counted(&table.store, "tax").await, 2, "the first of tallinn and the one of narva");
    // The queue moved the unreadable message to the dead-letter queue, and delivers the message after it again.
    assert!(deliver(&table.store, &messages[3..]).await.is_empty());
    assert_eq!(counted(&table.store, "tax").await, 3);
}

#[tokio::test]
async fn message_that_fails_for_one_chatbot_counts_once_for_the_others() {
    let table = Table::start().await.expect("a table");
    enrol(&table, "tax").await;
    enrol(&table, "police").await;
    // An item in a format that this version cannot read.
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let health = || table.client.get_item().table_name(centops_table::NAME).key(keys::PK, text("HEALTH#police"));
    let good = health().key(keys::SK, text("HEALTH")).send().await.expect("read").item.expect("there");
    let good = good[keys::STATE].clone();
    let set_state = |state: aws_sdk_dynamodb::types::AttributeValue| {
        let update = table.client.update_item().table_name(centops_table::NAME);
        let update = update.key(keys::PK, text("HEALTH#police")).key(keys::SK, text("HEALTH"));
        update
            .update_expression("SET #state = :state")
            .expression_attribute_names("#state", keys::STATE)
            .expression_attribute_values(":state", state)
            .send()
    };
    set_state(text("?")).await.expect("corrupted");
    let messages = [
        message("dmr:tallinn", 1, &["tax", "police"]),
        message("dmr:tallinn", 2, &["tax"]),
        message("dmr:narva", 3, &["tax"]),
    ];
    assert_eq!(deliver(&table.store, &messages).await, ["dmr:tallinn/1", "dmr:tallinn/2"]);
    assert_eq!(counted(&table.store, "tax").await, 3);
    set_state(good).await.expect("repaired");
    assert!(deliver(&table.store, &messages[..2]).await.is_empty());
    assert_eq!((counted(&table.store, "tax").await, counted(&table.store, "police").await), (3, 1));
}

#[tokio::test]
async fn report_about_an_unknown_chatbot_is_dropped() {
    let table = Table::start().await.expect("a table");
    enrol(&table, "tax").await;
    let report = message("dmr:tallinn", 1, &["unknown", "tax"]);
    assert!(deliver(&table.store, &[report]).await.is_empty(), "it would be delivered again without end");
    assert_eq!(counted(&table.store, "tax").await, 1);
}

#[tokio::test]
async fn message_without_a_sender_or_from_the_wrong_sender_fails() {
    let table = Table::start().await.expect("a table");
    let without_sender = serde_json::json!({"messageId": "a", "body": "{}", "attributes": {}});
    let chatbots = message("chatbot:tax", 1, &["tax"]);
    assert_eq!(deliver(&table.store, &[without_sender, chatbots]).await, ["a", "chatbot:tax/1"]);
}
