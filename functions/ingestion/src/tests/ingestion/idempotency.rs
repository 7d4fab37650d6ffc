//! Tests of idempotency keys.

use centops_queues::{SendError, Sender};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::support::{CODES, Stack, name};

#[tokio::test]
async fn key_stands_for_one_body_for_a_day() {
    let (stack, start) = (Stack::start().await, Timestamp::now());
    let (dmr, other) = (Sender::Dmr(name("tallinn")), Sender::Dmr(name("narva")));
    let send = async |sender, status: u16, minutes: u64| {
        stack.sqs.advance((minutes * 60_000).saturating_sub(stack.sqs.now()));
        let now = start + SignedDuration::from_mins(minutes.cast_signed());
        stack.send_at(CODES, sender, "key-1", &json!({"codes": [{"status": status}]}), now).await
    };
    let receipt = send(&dmr, 200, 0).await.expect("sent");
    assert_eq!(send(&dmr, 200, 1).await.expect("sent"), receipt, "within the five minutes of SQS");
    assert_eq!(send(&dmr, 200, 1439).await.expect("sent"), receipt, "after them");
    assert!(matches!(send(&dmr, 404, 1439).await, Err(SendError::KeyReused)));
    assert_ne!(send(&other, 404, 1439).await.expect("sent"), receipt, "a key belongs to its sender");
    assert_eq!(stack.sqs.messages(CODES).len(), 2);
    assert_ne!(send(&dmr, 404, 1441).await.expect("sent"), receipt, "a day later it is another key");
}
