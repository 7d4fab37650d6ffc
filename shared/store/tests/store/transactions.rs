//! Conflicting transactions and lost responses. The local table has neither, so these tests mock the operations of the
//! real client.

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
    releases::PublishError,
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

/// Returns the cancellation by these codes, each with the item found.
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

/// Returns an audit table without a client of its own: a write goes through the store's client.
fn audit() -> Audit {
    let none: [&Rule; 0] = [];
    Audit::new(mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, &none), "centops-audit".into())
}

fn context(audit: &Audit) -> AuditContext<'_> {
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
async fn conflicting_transaction_is_retried_from_fresh_reads() {
    let collides = mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "TransactionConflict"]));
    let goes = mock!(Client::transact_write_items).then_output(|| TransactWriteItemsOutput::builder().build());
    // The peer and the institution are read once: the transaction has conditions on both.
    let [peer, institution, network, again] = &[(); 4].map(|()| nothing());
    let store = store(&[peer, institution, network, &collides, again, &goes]);
    store.create_chatbot(&context(&audit()), chatbot()).await.expect("created at the second attempt");
    assert_eq!((again.num_calls(), goes.num_calls()), (1, 1));
}

#[tokio::test]
async fn conflict_is_not_reported_as_existing() {
    let new = serde_json::json!({"component": "ruuter", "version": "1.0.0", "severity": "optional"});
    let release = Release::publish(serde_json::from_value(new).expect("a good release"), Timestamp::UNIX_EPOCH);
    let collides = mock!(Client::transact_write_items).then_error(|| cancelled(&["TransactionConflict", "None"]));
    let goes = mock!(Client::transact_write_items).then_output(|| TransactWriteItemsOutput::builder().build());
    let [first, again, other] = &[(); 3].map(|()| nothing());
    let retried = store(&[first, &collides, again, &goes]).publish_release(&context(&audit()), release.clone()).await;
    assert_eq!(retried.expect("published at the second attempt").value, release);
    let exists = mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "ConditionalCheckFailed"]));
    let exists = store(&[other, &exists]).publish_release(&context(&audit()), release).await;
    assert!(matches!(exists, Err(PublishError::Published)), "{exists:?}");
}

#[tokio::test]
async fn other_cancellation_fails_without_retry() {
    let throttled = mock!(Client::transact_write_items).then_error(|| cancelled(&["ThrottlingError", "None"]));
    let [a, b, c] = [(); 3].map(|()| nothing());
    let failed = store(&[&a, &b, &c, &throttled]).create_chatbot(&context(&audit()), chatbot()).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
}

/// Returns the audit record of the transaction `request`.
fn record(request: &TransactWriteItemsInput) -> HashMap<String, AttributeValue> {
    request.transact_items()[0].put().expect("a put").item().clone()
}

/// The SDK repeats a transaction whose response was lost, and its conditions then fail on its own items. The audit
/// record of the request shows that this is success.
#[tokio::test]
async fn write_succeeds_if_its_own_record_exists() {
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
    let changed = store(&[&first, &found]).update_chatbot(&context(&audit), &chatbot().name, Some(7), &change).await;
    assert_eq!(changed.expect("the first attempt was written").version, 8);
}

/// The request used its record for another write. That write must not pass for this one.
#[tokio::test]
async fn write_fails_if_another_record_has_its_id() {
    let other = || HashMap::from([("record".to_owned(), AttributeValue::S("{}".into()))]);
    let found = mock!(Client::transact_write_items)
        .then_error(move || cancelled_by(&[("ConditionalCheckFailed", Some(other())), ("None", None)]));
    let (first, audit) = (read(), audit());
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let changed = store(&[&first, &found]).update_chatbot(&context(&audit), &chatbot().name, None, &change).await;
    assert!(matches!(changed, Err(StoreError::Contended)), "{changed:?}");
}

#[tokio::test]
async fn endless_contention_returns_contended() {
    let reads: Vec<_> = (0..20).map(|_| read()).collect();
    let fails: Vec<_> = (0..20)
        .map(|_| mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "ConditionalCheckFailed"])))
        .collect();
    let rules: Vec<&Rule> = reads.iter().zip(&fails).flat_map(|(read, fail)| [read, fail]).collect();
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let audit = audit();
    let changed = store(&rules).update_chatbot(&context(&audit), &chatbot().name, None, &change).await;
    assert!(matches!(changed, Err(StoreError::Contended)), "{changed:?}");
    assert_eq!(fails.iter().filter(|fail| fail.num_calls() == 1).count(), 16);
}
