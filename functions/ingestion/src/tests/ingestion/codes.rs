//! Tests of code reports: counted observations, parked batches, dead letters, and messages to deliver again.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::health::{DmrClient, PolicyDocument};
use centops_store::keys;
use jiff::Timestamp;

use super::{
    faults::Faults,
    support::{CODES, DEAD_CODES, DEAD_PARKED, PARKED, Stack, name},
};

/// Returns a report with one code for each of `chatbots`.
fn report(chatbots: &[&str]) -> String {
    let code = |chatbot: &&str| serde_json::json!({"chatbot": chatbot, "at": "2026-01-01T00:00:00Z", "status": 200});
    serde_json::json!({"codes": chatbots.iter().map(code).collect::<Vec<_>>()}).to_string()
}

async fn enrolled(chatbots: &[&str]) -> Stack {
    let stack = Stack::start().await;
    for chatbot in chatbots {
        stack.enrol(chatbot, Timestamp::UNIX_EPOCH).await;
    }
    stack
}

#[tokio::test]
async fn unreadable_message_is_a_dead_letter_at_once_and_delays_nothing() {
    let stack = enrolled(&["tax"]).await;
    for (group, body) in [
        ("dmr:tallinn", report(&["tax"])),
        ("dmr:tallinn", "poison".to_owned()),
        ("dmr:narva", report(&["tax"])),
        ("dmr:tallinn", report(&["tax"])),
        ("chatbot:tax", report(&["tax"])),
        ("nobody", report(&["tax"])),
    ] {
        stack.sqs.send(CODES, group, &body);
    }
    assert!(stack.run(CODES).await && stack.sqs.messages(CODES).is_empty());
    assert_eq!(stack.counted("tax").await, 3);
    let dead: Vec<_> = stack.sqs.messages(DEAD_CODES).into_iter().map(|message| message.group).collect();
    assert_eq!(dead, ["dmr:tallinn", "chatbot:tax", "nobody"]);
}

#[tokio::test]
async fn part_that_cannot_be_saved_is_parked_and_counts_once_after_a_redrive() {
    let stack = enrolled(&["tax", "police"]).await;
    stack.sqs.set_dead_letters(PARKED, DEAD_PARKED, 2);
    // An item in a format that this version cannot read.
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let client = &stack.table.client;
    let health = || client.get_item().table_name(centops_table::NAME).key(keys::PK, text("HEALTH#police"));
    let good = health().key(keys::SK, text("HEALTH")).send().await.expect("read").item.expect("there");
    let good = good[keys::STATE].clone();
    let set_state = |state: AttributeValue| {
        let update = client.update_item().table_name(centops_table::NAME);
        let update = update.key(keys::PK, text("HEALTH#police")).key(keys::SK, text("HEALTH"));
        update
            .update_expression("SET #state = :state")
            .expression_attribute_names("#state", keys::STATE)
            .expression_attribute_values(":state", state)
            .send()
    };
    set_state(text("?")).await.expect("corrupted");
    for chatbots in [["tax", "police"].as_slice(), &["tax"], &["police"]] {
        stack.sqs.send(CODES, "dmr:tallinn", &report(chatbots));
    }
    assert!(stack.run(CODES).await && stack.sqs.messages(CODES).is_empty(), "nothing waits for police");
    assert_eq!(stack.counted("tax").await, 2);
    stack.sqs.send(CODES, "dmr:tallinn", &report(&["tax", "police"]));
    assert!(stack.run(CODES).await && stack.sqs.messages(CODES).is_empty());
    assert_eq!((stack.counted("tax").await, stack.sqs.messages(PARKED).len()), (3, 3));
    stack.drain(60_000).await;
    assert_eq!(stack.sqs.messages(DEAD_PARKED).len(), 3);
    set_state(good).await.expect("repaired");
    // While it has an unsettled batch, a report about police is parked, and counted from there.
    stack.sqs.send(CODES, "dmr:tallinn", &report(&["police"]));
    stack.drain(60_000).await;
    assert_eq!(stack.counted("police").await, 1);
    for _ in 0..2 {
        stack.sqs.redrive(DEAD_PARKED, PARKED);
        stack.drain(60_000).await;
        assert_eq!((stack.counted("tax").await, stack.counted("police").await), (3, 4));
    }
    stack.sqs.send(CODES, "dmr:tallinn", &report(&["police"]));
    assert!(stack.run(CODES).await);
    assert_eq!(stack.counted("police").await, 5, "all are settled: counted directly");
}

#[tokio::test]
async fn batch_that_was_counted_although_its_save_failed_is_settled_and_counts_once() {
    let table = centops_table::Table::start().await.expect("a table");
    let (faults, client) = Faults::on(&table.client, 1);
    let stack = Stack::on(table, &client).await;
    stack.enrol("police", Timestamp::UNIX_EPOCH).await;
    stack.sqs.send(CODES, "dmr:tallinn", &report(&["police"]));
    faults.block_after_next_write_of("police");
    assert!(stack.run(CODES).await);
    assert_eq!((stack.counted("police").await, stack.sqs.messages(PARKED).len()), (1, 1));
    faults.unblock();
    stack.drain(60_000).await;
    assert_eq!(stack.counted("police").await, 1);
    let (dmr, client, policies) = (name("tallinn"), DmrClient::default(), PolicyDocument::default());
    let unsettled = stack.table.store.record_report(&dmr, &client, &policies, Timestamp::now());
    assert!(unsettled.await.expect("read").is_empty());
}

/// The removal of a DMR overtakes its messages: a batch of unknown outcome is parked, and a later report is in the queue.
#[tokio::test]
async fn unsettled_batch_of_a_removed_dmr_counts_once_and_so_does_its_later_report() {
    for (is_written, is_registered_again) in [(false, false), (true, false), (false, true), (true, true)] {
        let table = centops_table::Table::start().await.expect("a table");
        let (faults, client) = Faults::on(&table.client, 1);
        let stack = Stack::on(table, &client).await;
        stack.enrol("police", Timestamp::UNIX_EPOCH).await;
        stack.create_operator().await;
        stack.register("tallinn").await;
        stack.sqs.send(CODES, "dmr:tallinn", &report(&["police"]));
        if is_written {
            faults.block_after_next_write_of("police");
        } else {
            faults.block("police", false);
        }
        assert!(stack.run(CODES).await);
        assert_eq!(stack.sqs.messages(PARKED).len(), 1, "written: {is_written}");
        assert_eq!(stack.counted("police").await, u64::from(is_written));
        faults.unblock();
        stack.remove("tallinn").await;
        if is_registered_again {
            stack.register("tallinn").await;
        }
        stack.sqs.send(CODES, "dmr:tallinn", &report(&["police"]));
        assert!(stack.run(CODES).await && stack.sqs.messages(CODES).is_empty());
        stack.drain(60_000).await;
        assert_eq!(stack.counted("police").await, 2, "written: {is_written}, registered again: {is_registered_again}");
        let state = stack.table.store.dmr_state(&name("tallinn")).await.expect("read").expect("stored");
        assert!(state.value.unsettled().is_empty(), "settled");
    }
}

#[tokio::test]
async fn report_about_an_unknown_chatbot_is_dropped() {
    let stack = enrolled(&["tax"]).await;
    stack.sqs.send(CODES, "dmr:tallinn", &report(&["unknown", "tax"]));
    assert!(stack.run(CODES).await && stack.sqs.messages(CODES).is_empty() && stack.sqs.messages(PARKED).is_empty());
    assert_eq!(stack.counted("tax").await, 1);
}

#[tokio::test]
async fn messages_come_back_with_growing_delay_while_the_table_does_not_answer() {
    let table = centops_table::Table::start().await.expect("a table");
    let (faults, client) = Faults::on(&table.client, 1);
    let stack = Stack::on(table, &client).await;
    stack.enrol("tax", Timestamp::UNIX_EPOCH).await;
    stack.sqs.send(CODES, "dmr:tallinn", &report(&["tax"]));
    faults.lose(1000);
    let mut delays = Vec::new();
    for _ in 0..8 {
        assert!(stack.run(CODES).await);
        let delay = stack.sqs.next_visible(&[CODES]).expect("it waits").saturating_sub(stack.sqs.now());
        stack.sqs.advance(delay);
        delays.push(delay.div_ceil(1000));
    }
    assert_eq!(delays, [2, 4, 8, 16, 32, 60, 60, 60]);
    faults.lose(0);
    stack.drain(0).await;
    assert_eq!((stack.counted("tax").await, stack.sqs.messages(PARKED).len()), (1, 0));
}

#[tokio::test]
async fn heartbeat_is_a_report_of_the_dmr() {
    let stack = Stack::start().await;
    stack.sqs.send(CODES, "dmr:tallinn", r#"{"codes":[],"tableRevision":7,"clientVersion":"1.2.0"}"#);
    assert!(
        stack.run(CODES).await && stack.sqs.messages(CODES).is_empty() && stack.sqs.messages(DEAD_CODES).is_empty()
    );
    let scan = stack.table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan");
    let dmr =
        scan.items().iter().find(|item| item["pk"] == AttributeValue::S("DMR#tallinn".to_owned())).expect("a DMR");
    let state: serde_json::Value = serde_json::from_str(dmr[keys::STATE].as_s().expect("text")).expect("JSON");
    assert_eq!((&state["table_revision"], &state["client_version"]), (&7.into(), &"1.2.0".into()));
}
