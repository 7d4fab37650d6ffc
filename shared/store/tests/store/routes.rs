//! The route table at scale: changes that share a revision, snapshots, and what is read when one is not whole.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::{Name, Status},
    health::{Control, ControlMode},
    routes::{ChangeLogEntry, Head},
};
use centops_store::{
    Consistency, Store, StoreError,
    routes::{RouteLookup, Snapshot},
};
use futures::future::join_all;
use jiff::Timestamp;

use crate::table::{Table, after, chatbot, name, start};

fn offline(at: Timestamp) -> Control {
    Control {
        mode: ControlMode::ForceOffline,
        reason: "maintenance".to_owned().try_into().expect("a reason"),
        by: "EE60001019906".to_owned(),
        since: at,
        until: None,
    }
}

async fn take_out(table: &Table, store: &Store, name: &Name, at: Timestamp) {
    store.set_control(&table.act(at), name, Some(offline(at)), &table.policy).await.expect("out");
}

async fn head(table: &Table) -> Head {
    table.store.head(Consistency::Strong).await.expect("a head")
}

async fn log(table: &Table, since: u64) -> Vec<ChangeLogEntry> {
    table.store.change_log(since, head(table).await.revision).await.expect("a log")
}

async fn many(table: &Table, count: usize) -> Vec<Name> {
    let names: Vec<_> = (0..count).map(|number| format!("bot-{number:03}")).collect();
    join_all(names.iter().map(|name| table.online(name, start()))).await
}

#[tokio::test]
async fn changes_at_the_same_time_share_a_revision_and_each_is_told_once() {
    let table = Table::new().await;
    let names = many(&table, 24).await;
    let before = head(&table).await;
    assert_eq!(before.count, 24);
    join_all(names.iter().map(|name| take_out(&table, &table.store, name, after(1)))).await;
    let entries = log(&table, before.revision).await;
    let gone: Vec<_> = entries.iter().flat_map(|entry| &entry.changes).collect();
    assert!(gone.iter().all(|change| change.route.is_none()));
    assert_eq!(gone.iter().map(|change| change.name.clone()).collect::<BTreeSet<_>>(), names.into_iter().collect());
    assert_eq!(gone.len(), 24, "each once");
    assert!(entries.len() < 24, "no two of them share a revision");
    let counts: Vec<_> = entries.iter().map(|entry| (entry.head.count, entry.changes.len() as u64)).collect();
    let mut left = 24;
    for (count, changes) in counts {
        left -= changes;
        assert_eq!(count, left);
    }
    assert!(table.routes().await.is_empty());
}

/// Four stores are four processes: none of them knows what the others write.
#[tokio::test]
async fn processes_that_collide_lose_nothing() {
    let table = Table::new().await;
    let names = many(&table, 16).await;
    let before = head(&table).await.revision;
    let processes: Vec<_> = (0..4).map(|_| Store::new(table.client.clone(), centops_table::NAME.to_owned())).collect();
    let (stores, acts) = (processes.iter().cycle(), &table);
    join_all(names.iter().zip(stores).map(|(name, store)| take_out(acts, store, name, after(1)))).await;
    let changed: usize = log(&table, before).await.iter().map(|entry| entry.changes.len()).sum();
    assert_eq!(changed, 16);
    assert_eq!(head(&table).await.count, 0);
    let out = table.store.lookup_route(&names[7]).await.expect("enrolled");
    assert_eq!(out, RouteLookup::NotRouted { status: Status::Offline, since: after(1) });
}

#[tokio::test]
async fn one_that_cannot_go_holds_up_nobody_else() {
    let table = Table::new().await;
    let enrol = |text: &'static str| {
        table.store.create_chatbot(Box::leak(Box::new(table.act(start()))), chatbot(text, start()))
    };
    let results = join_all(["tax", "police", "tax", "health", "tax", "roads"].map(enrol)).await;
    let taken = results.iter().filter(|result| matches!(result, Err(StoreError::Exists))).count();
    assert_eq!((taken, results.iter().filter(|result| result.is_ok()).count()), (2, 4));
    let network = table.store.network().await.expect("a network").value;
    let unknown: u32 = network.types.values().map(|census| census.unknown).sum();
    assert_eq!(unknown, 4, "each counted once");
}

/// Whoever gives up, wherever it was, leaves the others a way on.
#[tokio::test]
async fn one_that_is_given_up_holds_up_nobody_else() {
    let table = Table::new().await;
    let names = many(&table, 12).await;
    for (step, name) in names.iter().enumerate() {
        let patience = Duration::from_micros(300 * step as u64);
        let given_up = tokio::time::timeout(patience, take_out(&table, &table.store, name, after(1)));
        let (_, ()) = tokio::join!(given_up, take_out(&table, &table.store, &names[11 - step], after(1)));
    }
    join_all(names.iter().map(|name| take_out(&table, &table.store, name, after(2)))).await;
    assert_eq!((head(&table).await.count, table.routes().await.len()), (0, 0));
}

#[tokio::test]
async fn a_snapshot_and_the_log_since_are_the_table() {
    let table = Table::new().await;
    assert_eq!(table.store.make_snapshot(start()).await.expect("nothing to do"), None, "of an empty table");
    let names = many(&table, 12).await;
    let made = table.store.make_snapshot(start()).await.expect("made").expect("there was none");
    assert_eq!(
        (made, table.store.snapshot().await.expect("read")),
        (Snapshot { head: head(&table).await, parts: 1 }, Some(made))
    );
    assert_eq!(table.store.make_snapshot(after(60)).await.expect("looked"), None, "it is new");
    for name in &names[..5] {
        take_out(&table, &table.store, name, after(1)).await;
    }
    table.online("late", after(2)).await;
    let now = head(&table).await;
    let mut of_snapshot = table.store.route_table(now).await.expect("a table");
    delete(&table, "SNAPSHOT", "SNAPSHOT").await;
    let mut of_chatbots = table.store.route_table(now).await.expect("a table");
    assert_eq!((of_snapshot.head(), of_chatbots.head()), (now, now));
    assert_eq!(of_snapshot.body().expect("a body"), of_chatbots.body().expect("a body"));
    assert_eq!(of_snapshot.routes().expect("routes").len(), 8);
}

#[tokio::test]
async fn a_snapshot_that_is_not_whole_is_not_used() {
    let table = Table::new().await;
    many(&table, 3).await;
    let made = table.store.make_snapshot(start()).await.expect("made").expect("there was none");
    let now = head(&table).await;
    let part = format!("SNAPSHOT#{:020}", made.head.revision);
    let (of, text) = table.store.snapshot_part(made.head.revision, 0).await.expect("a part");
    assert_eq!((of, text.lines().count()), (made, 3));
    delete(&table, &part, "00000").await;
    assert!(matches!(table.store.snapshot_part(made.head.revision, 0).await, Err(StoreError::Gone)));
    assert_eq!(table.store.route_table(now).await.expect("of the chatbots").routes().expect("routes").len(), 3);
}

#[tokio::test]
async fn a_snapshot_is_made_anew_when_it_is_old() {
    let table = Table::new().await;
    many(&table, 2).await;
    table.store.make_snapshot(start()).await.expect("made").expect("there was none");
    let day = 24 * 3600;
    assert_eq!(table.store.make_snapshot(after(day - 1)).await.expect("looked"), None);
    assert!(table.store.make_snapshot(after(day)).await.expect("looked").is_some(), "its parts expire");
}

async fn delete(table: &Table, pk: &str, sk: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let request = table.client.delete_item().table_name(centops_table::NAME);
    request.key("pk", text(pk)).key("sk", text(sk)).send().await.expect("deleted");
}

#[tokio::test]
async fn a_chatbot_is_routed_out_or_unknown() {
    let table = Table::new().await;
    assert!(matches!(table.store.lookup_route(&name("tax")).await, Err(StoreError::NotFound)));
    table.store.create_chatbot(&table.act(start()), chatbot("tax", start())).await.expect("created");
    let placed = table.store.lookup_route(&name("tax")).await.expect("enrolled");
    assert_eq!(placed, RouteLookup::NotRouted { status: Status::Unknown, since: start() });
    let police = table.online("police", start()).await;
    assert!(matches!(table.store.lookup_route(&police).await, Ok(RouteLookup::Routed(route)) if route.name == police));
}
