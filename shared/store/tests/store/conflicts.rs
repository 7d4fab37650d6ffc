//! What no local table does: transactions that collide, answers that are lost. Told to the real client
//! at the level of its operations.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    operation::{
        get_item::GetItemOutput,
        transact_write_items::{TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput},
    },
    types::{AttributeValue, CancellationReason, error::TransactionCanceledException},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_domain::{chatbots::Chatbot, releases::Release};
use centops_store::{
    Store, StoreError,
    audit::{Audit, AuditContext},
};
use jiff::Timestamp;

fn chatbot() -> Chatbot {
    let new = serde_json::json!({
        "name": "tax", "uri": "https://tax.example.ee/", "type": "ministry", "institution": "tax-board",
        "contact": "owner@example.ee",
    });
    Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), Timestamp::UNIX_EPOCH)
}

fn cancelled(codes: &[&str]) -> TransactWriteItemsError {
    cancelled_by(&codes.iter().map(|code| (*code, None)).collect::<Vec<_>>())
}

/// By these codes, each with what was found.
fn cancelled_by(reasons: &[(&str, Option<HashMap<String, AttributeValue>>)]) -> TransactWriteItemsError {
    let reason =
        |(code, found): &(&str, _)| CancellationReason::builder().code(*code).set_item(Clone::clone(found)).build();
    let reasons = reasons.iter().map(reason).collect();
    let error = TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
    TransactWriteItemsError::TransactionCanceledException(error)
}

fn store(rules: &[&Rule]) -> Store {
    let client: Client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, rules);
    Store::new(client, "centops".into())
}

/// The audit table is only named here: a write goes through the store's client.
fn audit() -> Audit {
    let nobody: [&Rule; 0] = [];
    Audit::new(mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, &nobody), "centops-audit".into())
}

fn act(audit: &Audit) -> AuditContext<'_> {
    centops_table::audit_context(audit, Timestamp::UNIX_EPOCH)
}

fn item() -> HashMap<String, AttributeValue> {
    let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(chatbot()).expect("an item");
    item.insert("version".into(), AttributeValue::N("7".into()));
    item
}

fn read() -> Rule {
    mock!(Client::get_item).then_output(|| GetItemOutput::builder().set_item(Some(item())).build())
}

fn nothing() -> Rule {
    mock!(Client::get_item).then_output(|| GetItemOutput::builder().build())
}

#[tokio::test]
async fn a_colliding_transaction_is_tried_anew_from_fresh_reads() {
    let collides = mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "TransactionConflict"]));
    let goes = mock!(Client::transact_write_items).then_output(|| TransactWriteItemsOutput::builder().build());
    // The peer of the name and the institution are read once: their conditions hold or fail by themselves.
    let [peer, institution, network, again] = &[(); 4].map(|()| nothing());
    let store = store(&[peer, institution, network, &collides, again, &goes]);
    store.create_chatbot(&act(&audit()), chatbot()).await.expect("created at the second try");
    assert_eq!((again.num_calls(), goes.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_collision_is_not_taken_for_a_name_that_exists() {
    let new = serde_json::json!({"component": "ruuter", "version": "1.0.0", "severity": "optional"});
    let release = Release::publish(serde_json::from_value(new).expect("a good release"), Timestamp::UNIX_EPOCH);
    let collides = mock!(Client::transact_write_items).then_error(|| cancelled(&["TransactionConflict", "None"]));
    assert!(matches!(store(&[&collides]).publish_release(&act(&audit()), &release).await, Err(StoreError::Contended)));
    let exists = mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "ConditionalCheckFailed"]));
    assert!(matches!(store(&[&exists]).publish_release(&act(&audit()), &release).await, Err(StoreError::Exists)));
}

#[tokio::test]
async fn other_cancellations_are_failures_not_retries() {
    let throttled = mock!(Client::transact_write_items).then_error(|| cancelled(&["ThrottlingError", "None"]));
    let [a, b, c] = [(); 3].map(|()| nothing());
    let failed = store(&[&a, &b, &c, &throttled]).create_chatbot(&act(&audit()), chatbot()).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
}

/// The record that a request's transaction would have written.
fn record(request: &TransactWriteItemsInput) -> HashMap<String, AttributeValue> {
    request.transact_items()[0].put().expect("a put").item().clone()
}

/// A client sends a transaction again when the answer to the first was lost; then its conditions fail on its
/// own items. That is success, not a conflict: the record of the request says so.
#[tokio::test]
async fn a_write_that_finds_its_own_record_has_succeeded() {
    let sent: Arc<Mutex<HashMap<_, _>>> = Arc::default();
    let keeps = Arc::clone(&sent);
    let found = mock!(Client::transact_write_items)
        .match_requests(move |request| {
            *keeps.lock().expect("kept") = record(request);
            true
        })
        .then_error(move || {
            let own = || Some(sent.lock().expect("kept").clone());
            cancelled_by(&[("ConditionalCheckFailed", own()), ("ConditionalCheckFailed", None)])
        });
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let (first, audit) = (read(), audit());
    let changed = store(&[&first, &found]).update_chatbot(&act(&audit), &chatbot().name, Some(7), &change).await;
    assert_eq!(changed.expect("it was ours").version, 8);
}

/// One request that used its record for another write: it is neither passed off as this one nor repeated.
#[tokio::test]
async fn a_record_of_something_else_is_no_success() {
    let other = || HashMap::from([("record".to_owned(), AttributeValue::S("{}".into()))]);
    let found = mock!(Client::transact_write_items)
        .then_error(move || cancelled_by(&[("ConditionalCheckFailed", Some(other())), ("None", None)]));
    let (first, audit) = (read(), audit());
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let changed = store(&[&first, &found]).update_chatbot(&act(&audit), &chatbot().name, None, &change).await;
    assert!(matches!(changed, Err(StoreError::Contended)), "{changed:?}");
}

#[tokio::test]
async fn endless_contention_ends_in_an_error_that_says_so() {
    let reads: Vec<_> = (0..20).map(|_| read()).collect();
    let fails: Vec<_> = (0..20)
        .map(|_| mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "ConditionalCheckFailed"])))
        .collect();
    let rules: Vec<&Rule> = reads.iter().zip(&fails).flat_map(|(read, fail)| [read, fail]).collect();
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let audit = audit();
    let changed = store(&rules).update_chatbot(&act(&audit), &chatbot().name, None, &change).await;
    assert!(matches!(changed, Err(StoreError::Contended)), "{changed:?}");
    assert_eq!(fails.iter().filter(|fail| fail.num_calls() == 1).count(), 16);
}
