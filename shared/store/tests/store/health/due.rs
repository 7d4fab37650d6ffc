//! The index of due items: lanes, shards, and what silence costs.

use centops_domain::{
    chatbots::Name,
    health::{Lane, ProbeOutcome},
};
use centops_store::health::{DueEntry, DueItem, SilenceDue};
use futures::future::join_all;

use crate::support::{Table, after, batch, name, online_chatbots, outage, start};

/// Records a report of the chatbot's own log about `name` at each of `times`, in seconds.
async fn report(table: &Table, name: &Name, times: impl IntoIterator<Item = i64>) {
    for time in times {
        let report = [batch("chatbot", u128::from(time.unsigned_abs()), 1, false, after(time))];
        table.store.observe(name, &report, &table.policy, after(time), 0.0).await.expect("observed");
    }
}

async fn silence(table: &Table, time: i64) -> SilenceDue {
    table.store.due_for_silence(after(time), 1000).await.expect("a sweep")
}

fn entry(name: &Name, time: i64) -> DueEntry {
    DueEntry { item: DueItem::Chatbot(name.clone()), at: after(time) }
}

#[tokio::test]
async fn recovery_never_waits_behind_silence() {
    let table = Table::new().await;
    let heard = online_chatbots(&table, 60).await;
    join_all(heard.iter().map(|name| report(&table, name, (1..=6).map(|minute| minute * 60)))).await;
    let failing = table.online("tax", start()).await;
    table.store.observe(&failing, &outage(1, after(410)), &table.policy, after(410), 0.0).await.expect("observed");
    let enrolled = name("new");
    let context = table.audit_context(after(430));
    table.store.create_chatbot(&context, crate::support::chatbot("new", after(430))).await.expect("created");
    // All of the others became due before both, and only one of each shard is asked for.
    let due = table.store.due(Lane::Recovery, after(440), 1).await.expect("due");
    assert_eq!(due, [entry(&enrolled, 430), entry(&failing, 440)]);
    let due = table.store.due(Lane::Silence, after(440), 100).await.expect("due");
    assert_eq!(due.len(), 60);
    assert!(due.is_sorted_by_key(|entry| entry.at), "{due:?}");
}

#[tokio::test]
async fn limit_holds_for_each_shard() {
    let table = Table::new().await;
    let names = (0..40).map(|number| format!("bot-{number}")).collect::<Vec<_>>();
    for text in &names {
        let context = table.audit_context(start());
        table.store.create_chatbot(&context, crate::support::chatbot(text, start())).await.expect("created");
    }
    let due = async |limit| table.store.due(Lane::Recovery, start(), limit).await.expect("due").len();
    assert_eq!(due(1).await, 8, "there are eight shards, and all of them are used");
    assert_eq!(due(100).await, 40);
}

#[tokio::test]
async fn chatbot_that_reports_is_read_and_not_evaluated() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    report(&table, &tax, (1..=6).map(|minute| minute * 60)).await;
    assert_eq!(silence(&table, 419).await, SilenceDue::default(), "learnt at 360 s, due a minute later");
    for minute in 7..=60 {
        report(&table, &tax, [minute * 60]).await;
        let swept = silence(&table, minute * 60 + 59).await;
        assert_eq!(swept, SilenceDue { entries: Vec::new(), read: 1 }, "minute {minute}");
    }
    // It stops after the sixtieth minute. The first sweep a minute later finds out.
    assert_eq!(silence(&table, 3659).await.entries, []);
    assert_eq!(silence(&table, 3700).await.entries, [entry(&tax, 3660)]);
    assert_eq!(table.probe(&tax, true, after(3700)).await, ProbeOutcome::StaysClosed);
    assert_eq!(silence(&table, 9999).await, SilenceDue::default(), "flagged once");
}

#[tokio::test]
async fn entry_moves_if_the_next_silence_is_far() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    report(&table, &tax, (1..=6).map(|hour| hour * 3600)).await;
    // Learnt at the sixth report, so due two hours later, less a minute.
    let now = 8 * 3600 - 60;
    report(&table, &tax, [7 * 3600]).await;
    assert_eq!(silence(&table, now - 1).await, SilenceDue::default());
    assert_eq!(silence(&table, now).await.entries, [entry(&tax, now)], "silent at the earliest in an hour");
    assert!(table.due_probe(&tax, after(now)).await.is_none());
    assert_eq!(silence(&table, now).await, SilenceDue::default(), "moved");
    assert_eq!(silence(&table, 9 * 3600 - 60).await.entries, [entry(&tax, 9 * 3600 - 60)]);
}
