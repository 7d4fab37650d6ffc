//! Snapshots of the route table.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_store::{StoreError, routes::Snapshot};

use crate::support::{Table, after, force_offline, head, online_chatbots, start};

#[tokio::test]
async fn snapshot_and_change_log_equal_chatbots() {
    let table = Table::new().await;
    assert_eq!(table.store.make_snapshot(start()).await.expect("nothing to do").made, None, "of an empty table");
    let names = online_chatbots(&table, 12).await;
    let made = table.store.make_snapshot(start()).await.expect("made").made.expect("there was none");
    assert_eq!(
        (made, table.store.snapshot().await.expect("read")),
        (Snapshot { head: head(&table).await, parts: 1 }, Some(made))
    );
    assert_eq!(table.store.make_snapshot(after(60)).await.expect("looked").made, None, "it is new");
    for name in &names[..5] {
        force_offline(&table, &table.store, name, after(1)).await;
    }
    table.online("late", after(2)).await;
    let now = head(&table).await;
    let mut from_snapshot = table.store.route_table(now).await.expect("a table");
    delete(&table, "SNAPSHOT", "SNAPSHOT").await;
    let mut from_chatbots = table.store.route_table(now).await.expect("a table");
    assert_eq!((from_snapshot.head(), from_chatbots.head()), (now, now));
    assert_eq!(from_snapshot.body().expect("a body"), from_chatbots.body().expect("a body"));
    assert_eq!(from_snapshot.routes().expect("routes").len(), 8);
}

#[tokio::test]
async fn incomplete_snapshot_is_not_used() {
    let table = Table::new().await;
    online_chatbots(&table, 3).await;
    let made = table.store.make_snapshot(start()).await.expect("made").made.expect("there was none");
    let now = head(&table).await;
    let part = format!("SNAPSHOT#{:020}", made.head.revision);
    let (of, text) = table.store.snapshot_part(made.head.revision, 0).await.expect("a part");
    assert_eq!((of, text.lines().count()), (made, 3));
    delete(&table, &part, "00000").await;
    assert!(matches!(table.store.snapshot_part(made.head.revision, 0).await, Err(StoreError::Gone)));
    assert_eq!(table.store.route_table(now).await.expect("of the chatbots").routes().expect("routes").len(), 3);
}

#[tokio::test]
async fn old_snapshot_is_replaced() {
    let table = Table::new().await;
    online_chatbots(&table, 2).await;
    table.store.make_snapshot(start()).await.expect("made").made.expect("there was none");
    let day = 24 * 3600;
    assert_eq!(table.store.make_snapshot(after(day - 1)).await.expect("looked").made, None);
    assert!(table.store.make_snapshot(after(day)).await.expect("looked").made.is_some(), "its parts expire");
}

async fn delete(table: &Table, pk: &str, sk: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let request = table.client.delete_item().table_name(centops_table::NAME);
    request.key("pk", text(pk)).key("sk", text(sk)).send().await.expect("deleted");
}
