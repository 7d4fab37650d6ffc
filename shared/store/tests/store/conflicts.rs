//! What no local table does: transactions that collide, answers that are lost. Told to the real client
//! at the level of its operations.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::{
        get_item::GetItemOutput,
        put_item::PutItemError,
        transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput},
    },
    types::{
        AttributeValue, CancellationReason,
        error::{ConditionalCheckFailedException, TransactionCanceledException},
    },
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_domain::{chatbot::Chatbot, release::Release};
use centops_store::{Store, StoreError};
use jiff::Timestamp;

fn chatbot() -> Chatbot {
    let new = serde_json::json!({
        "name": "tax", "uri": "https://tax.example.ee/", "type": "ministry", "institution": "tax-board",
        "contact": "owner@example.ee",
    });
    Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), Timestamp::UNIX_EPOCH)
}

fn cancelled(codes: &[&str]) -> TransactWriteItemsError {
    let reasons = codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
    let error = TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
    TransactWriteItemsError::TransactionCanceledException(error)
}

fn store(rules: &[&Rule]) -> Store {
    let client: Client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, rules);
    Store::new(client, "centops".into())
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
    let (first, second) = (nothing(), nothing());
    let store = store(&[&first, &collides, &second, &goes]);
    store.create_chatbot(chatbot()).await.expect("created at the second try");
    assert_eq!((second.num_calls(), goes.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_collision_is_not_taken_for_a_name_that_exists() {
    let new = serde_json::json!({"component": "ruuter", "version": "1.0.0", "severity": "optional"});
    let release = Release::publish(serde_json::from_value(new).expect("a good release"), Timestamp::UNIX_EPOCH);
    let collides = mock!(Client::transact_write_items).then_error(|| cancelled(&["TransactionConflict", "None"]));
    assert!(matches!(store(&[&collides]).publish_release(&release).await, Err(StoreError::Contended)));
    let exists = mock!(Client::transact_write_items).then_error(|| cancelled(&["ConditionalCheckFailed", "None"]));
    assert!(matches!(store(&[&exists]).publish_release(&release).await, Err(StoreError::Exists)));
}

#[tokio::test]
async fn other_cancellations_are_failures_not_retries() {
    let throttled = mock!(Client::transact_write_items).then_error(|| cancelled(&["ThrottlingError", "None"]));
    let first = nothing();
    let failed = store(&[&first, &throttled]).create_chatbot(chatbot()).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
}

/// A client sends a put again when the answer to the first was lost; the condition then fails on its
/// own item. That is success, not a conflict.
#[tokio::test]
async fn a_put_that_finds_its_own_item_has_succeeded() {
    let own = chatbot().changed(
        serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change"),
        Timestamp::UNIX_EPOCH,
    );
    let mut written: HashMap<String, AttributeValue> = serde_dynamo::to_item(&own).expect("an item");
    written.insert("version".into(), AttributeValue::N("8".into()));
    written.insert("pk".into(), AttributeValue::S("CHATBOTS".into()));
    written.insert("sk".into(), AttributeValue::S("tax".into()));
    let found = mock!(Client::put_item).then_error(move || {
        let error = ConditionalCheckFailedException::builder().set_item(Some(written.clone())).build();
        PutItemError::ConditionalCheckFailedException(error)
    });
    let first = read();
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let store = store(&[&first, &found]);
    let changed = store.update_chatbot(&own.name, Some(7), &change, Timestamp::UNIX_EPOCH).await.expect("it was ours");
    assert_eq!(changed.version, 8);
}

#[tokio::test]
async fn endless_contention_ends_in_an_error_that_says_so() {
    let reads: Vec<_> = (0..20).map(|_| read()).collect();
    let fails: Vec<_> = (0..20)
        .map(|_| {
            mock!(Client::put_item).then_error(|| {
                PutItemError::ConditionalCheckFailedException(ConditionalCheckFailedException::builder().build())
            })
        })
        .collect();
    let rules: Vec<&Rule> = reads.iter().zip(&fails).flat_map(|(read, fail)| [read, fail]).collect();
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a good change");
    let changed = store(&rules).update_chatbot(&chatbot().name, None, &change, Timestamp::UNIX_EPOCH).await;
    assert!(matches!(changed, Err(StoreError::Contended)), "{changed:?}");
}
