//! Tests of log reports: stored entries, and messages to deliver again.

use centops_domain::{
    chatbots::Name,
    health::{Batch, Delivery, PolicyDocument},
    ingestion::{LogLevel, LogReport, MaskedEntry, MaskedReport, Observer, Sequence},
};
use centops_store::ingestion::LogQuery;
use jiff::{SignedDuration, Timestamp};

use super::support::{DEAD_LOGS, LOGS, Stack};

/// Returns the time of enrolment, a day ago: within the retention of log entries, fourteen days.
fn enrolment() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24)
}

fn entry(at: Timestamp, message: &str) -> MaskedEntry {
    MaskedEntry { at, level: LogLevel::Info, message: message.to_owned() }
}

/// Queues a report of the chatbot with these entries.
fn send(stack: &Stack, entries: &[MaskedEntry]) {
    let body =
        serde_json::to_string(&MaskedReport { logs: entries.to_vec(), ..MaskedReport::default() }).expect("json");
    stack.sqs.send(LOGS, "chatbot:tax", &body);
}

/// Returns the texts of the stored entries, newest first.
async fn stored(stack: &Stack, name: &Name, enrolled: Timestamp) -> Vec<String> {
    let query = LogQuery { limit: 100, ..LogQuery::default() };
    let page = stack.table.store.logs(name, enrolled, &query, Timestamp::now()).await.expect("a page");
    page.items.into_iter().map(|entry| entry.message).collect()
}

async fn counted(stack: &Stack, name: &Name) -> u64 {
    stack.table.store.health(name).await.expect("health").value.levels().values().sum()
}

#[tokio::test]
async fn stores_counted_entries_but_none_from_before_the_enrolment() {
    let (stack, enrolled) = (Stack::start().await, enrolment());
    let name = stack.enrol("tax", enrolled).await;
    let at = |seconds| enrolled + SignedDuration::from_secs(seconds);
    send(&stack, &[entry(at(-1), "before"), entry(at(1), "a")]);
    send(&stack, &[entry(at(2), "b")]);
    stack.drain(0).await;
    assert_eq!(
        (stored(&stack, &name, enrolled).await, counted(&stack, &name).await),
        (vec!["b".into(), "a".into()], 2)
    );
}

#[tokio::test]
async fn counts_entries_that_come_without_their_text_and_lists_none() {
    let (stack, enrolled) = (Stack::start().await, enrolment());
    let name = stack.enrol("tax", enrolled).await;
    let body = format!(r#"{{"counts":[{{"at":"{enrolled}","level":"error","count":7}}]}}"#);
    let report: LogReport = serde_json::from_str(&body).expect("a report");
    let queued = serde_json::to_string(&report.masked(str::to_owned)).expect("json");
    stack.sqs.send(LOGS, "chatbot:tax", &queued);
    send(&stack, &[entry(enrolled, "a")]);
    stack.drain(0).await;
    let health = stack.table.store.health(&name).await.expect("health").value;
    assert_eq!((health.levels()[&LogLevel::Error], counted(&stack, &name).await), (7, 8));
    assert_eq!(stored(&stack, &name, enrolled).await, ["a"]);
}

#[tokio::test]
async fn stores_entries_of_a_message_that_was_counted_before_a_crash() {
    let (stack, enrolled) = (Stack::start().await, enrolment());
    let name = stack.enrol("tax", enrolled).await;
    let entries = [entry(enrolled, "a")];
    let observations = entries.iter().map(MaskedEntry::observation).collect();
    // The sequence number of the first message.
    let sequence = Sequence::from(18_849_496_460_467_696_384);
    let batch = Batch { observer: Observer::Chatbot, sequence, observations, delivery: Delivery::First };
    let store = &stack.table.store;
    store.observe(&name, &[batch], &PolicyDocument::default(), Timestamp::now(), 0.0).await.expect("counted");
    assert!(stored(&stack, &name, enrolled).await.is_empty(), "the crash happens here");
    send(&stack, &entries);
    stack.drain(0).await;
    assert_eq!((stored(&stack, &name, enrolled).await, counted(&stack, &name).await), (vec!["a".into()], 1));
}

#[tokio::test]
async fn message_with_entries_that_cannot_be_stored_waits_and_counts_once() {
    let (stack, enrolled) = (Stack::start().await, enrolment());
    let name = stack.enrol("tax", enrolled).await;
    // DynamoDB rejects items of more than 400 KB.
    for text in ["a", &"x".repeat(500_000), "c"] {
        send(&stack, &[entry(enrolled, text)]);
    }
    // The messages are folded together, so the first fails with the second.
    for _ in 0..2 {
        assert!(stack.run(LOGS).await);
        assert_eq!((stack.sqs.messages(LOGS).len(), counted(&stack, &name).await), (3, 3));
        stack.sqs.advance(60_000);
    }
    assert!(stack.sqs.messages(DEAD_LOGS).is_empty());
}

#[tokio::test]
async fn log_of_an_unknown_chatbot_is_dropped() {
    let stack = Stack::start().await;
    send(&stack, &[entry(Timestamp::now(), "a")]);
    stack.drain(0).await;
    let scan = stack.table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
    assert!(scan.items().is_empty());
}
