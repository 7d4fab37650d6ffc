//! Health of chatbots: reports, ejection and the cap.

mod control;
mod dmrs;
mod due;
mod policies;
mod probes;
mod recount;
mod relocation;

use std::collections::BTreeMap;

use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Name, Status},
    health::{Minute, StateCounts},
    ingestion::{CodeClass, LogLevel},
};
use centops_store::StoreError;

use crate::support::{Table, after, batch, chatbot, outage, start};

#[tokio::test]
async fn outage_ejects_chatbot_once_with_event() {
    let table = Table::new().await;
    let (tax, police) = (table.online("tax", start()).await, table.online("police", start()).await);
    let observed =
        table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(6), 0.0).await.expect("observed");
    assert_eq!((observed.events.len(), observed.summary.counted), (1, 40));
    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Offline);
    assert_eq!(table.routes().await.into_keys().collect::<Vec<_>>(), [police]);
    let again = table.store.observe(&tax, &outage(2, after(7)), &table.policy, after(7), 0.0).await.expect("observed");
    assert!(again.events.is_empty(), "it is open already");
    let offline: Vec<_> = table
        .events()
        .await
        .into_iter()
        .filter(|event| matches!(event.kind, EventKind::ChatbotOffline { .. }))
        .collect();
    assert_eq!(offline.len(), 1);
    let network = table.store.network().await.expect("the network").value;
    let counts = StateCounts { online: 1, ejected: 1, ..StateCounts::default() };
    assert_eq!((network.revision, network.state_counts(ChatbotType::Ministry)), (3, counts));
}

#[tokio::test]
async fn redelivered_batch_counts_once_without_write() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let report = [batch("dmr:tallinn", 7, 3, true, after(1)), batch("dmr:tallinn", 9, 2, false, after(1))];
    table.store.observe(&tax, &report, &table.policy, after(2), 0.0).await.expect("observed");
    let before = table.store.health(&tax).await.expect("health");
    for redelivered in [&report[..], &report[..1], &report[1..]] {
        let observed = table.store.observe(&tax, redelivered, &table.policy, after(3), 0.0).await.expect("observed");
        assert_eq!(observed.summary.counted, 0);
    }
    assert_eq!(table.store.health(&tax).await.expect("health"), before);
    assert_eq!(before.value.totals(), &BTreeMap::from([(CodeClass::Success, 2), (CodeClass::Timeout, 3)]));
}

#[tokio::test]
async fn concurrent_reports_are_all_counted() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let observer = async |dmr: u32| {
        for sequence in 1..=10 {
            let report = [batch(&format!("dmr:dmr-{dmr}"), sequence, 5, false, after(1))];
            // A contended report stays in the queue and is delivered again.
            while let Err(error) = table.store.observe(&tax, &report, &table.policy, after(2), 0.0).await {
                assert!(matches!(error, StoreError::Contended), "{error}");
            }
        }
    };
    futures::future::join_all((0..8).map(observer)).await;
    let health = table.store.health(&tax).await.expect("health").value;
    assert_eq!(health.totals(), &BTreeMap::from([(CodeClass::Success, 8 * 10 * 5)]));
}

/// Enrols three chatbots of which two fail. The cap allows the ejection of the first.
async fn two_of_three_fail(table: &Table) -> Vec<Name> {
    let mut names = Vec::new();
    for n in 0..3 {
        names.push(table.online(&format!("bot-{n}"), start()).await);
    }
    for name in &names[..2] {
        table.store.observe(name, &outage(1, after(5)), &table.policy, after(5), 0.0).await.expect("observed");
    }
    names
}

#[tokio::test]
async fn cap_suppresses_ejection_and_raises_one_event() {
    let table = Table::new().await;
    let names = two_of_three_fail(&table).await;
    let held =
        table.store.observe(&names[1], &outage(2, after(6)), &table.policy, after(6), 0.0).await.expect("observed");
    assert!(held.events.is_empty(), "held before: nothing new");
    assert_eq!(table.store.chatbot(&names[1]).await.expect("there").value.status, Status::Online);
    let events = table.events().await;
    let count = |wanted: fn(&EventKind) -> bool| events.iter().filter(|event| wanted(&event.kind)).count();
    assert_eq!(count(|kind| matches!(kind, EventKind::ChatbotOffline { .. })), 1);
    assert_eq!(count(|kind| matches!(kind, EventKind::CapReached { .. })), 1);
}

#[tokio::test]
async fn cap_hold_ends_after_removal() {
    let table = Table::new().await;
    let names = two_of_three_fail(&table).await;
    let holding = async || {
        table.store.network().await.expect("the network").value.state_counts(ChatbotType::Ministry).holding_since
    };
    assert!(holding().await.is_some());
    table.store.delete_chatbot(&table.audit_context(after(6)), &names[0], None, &table.policy).await.expect("deleted");
    assert!(holding().await.is_none());
    let last = table.events().await.pop().expect("an event");
    assert!(matches!(last.kind, EventKind::CapReleased { kind: ChatbotType::Ministry }), "{last:?}");
    let more =
        table.store.observe(&names[1], &outage(2, after(7)), &table.policy, after(7), 0.0).await.expect("observed");
    assert!(
        matches!(more.events.as_slice(), [one] if matches!(one.event, EventKind::ChatbotOffline { .. })),
        "{more:?}"
    );
}

#[tokio::test]
async fn reports_of_removed_chatbot_are_not_counted_for_new_one() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table
        .store
        .observe(&tax, &[batch("chatbot", 1, 4, true, after(1))], &table.policy, after(1), 0.0)
        .await
        .expect("observed");
    table.store.delete_chatbot(&table.audit_context(after(2)), &tax, None, &table.policy).await.expect("deleted");
    let late = [batch("chatbot", 2, 4, true, after(1))];
    assert!(matches!(table.store.observe(&tax, &late, &table.policy, after(3), 0.0).await, Err(StoreError::NotFound)));
    table.store.create_chatbot(&table.audit_context(after(4)), chatbot("tax", after(4))).await.expect("created again");
    let observed = table.store.observe(&tax, &late, &table.policy, after(5), 0.0).await.expect("observed");
    assert_eq!((observed.summary.counted, observed.summary.before_enrolment), (0, 4));
    assert!(table.store.health(&tax).await.expect("health").value.levels().get(&LogLevel::Error).is_none());
}

#[tokio::test]
async fn closed_minutes_are_in_history() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    for second in 0..300_i64 {
        let report = [batch("dmr:tallinn", u128::from(second.unsigned_abs()) + 1, 2, false, after(second))];
        table.store.observe(&tax, &report, &table.policy, after(second), 0.0).await.expect("observed");
    }
    let first = start().as_second().div_euclid(60);
    let kept = table.store.history(&tax, start(), first, first + 10).await.expect("history");
    let mut whole = table.store.health(&tax).await.expect("health").value.minutes().kept().clone();
    assert!(whole.len() <= 3 && kept.len() >= 3, "{} and {}", whole.len(), kept.len());
    whole.extend(kept.clone());
    assert_eq!(whole.values().map(Minute::total).sum::<u32>(), 600);
    assert_eq!(kept[&(first + 1)].total(), 120);
    assert_eq!(kept[&(first + 1)].latency_percentile(99).expect("measured"), 22, "the bound above 20 ms");
    assert!(table.store.history(&tax, after(1), first, first + 10).await.expect("history").is_empty(), "another's");
}
