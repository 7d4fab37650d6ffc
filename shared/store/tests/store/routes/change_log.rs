//! Revisions of the route table, and the changes between them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{chatbots::ChatbotChange, routes::RouteChange};
use centops_store::{Consistency, StoreError, routes::RouteLookup};

use crate::support::{Table, after, force_offline, head, name, online_chatbots, start};

fn change(json: serde_json::Value) -> ChatbotChange {
    serde_json::from_value(json).expect("a good change")
}

#[tokio::test]
async fn each_route_change_is_one_revision() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table.online("police", start()).await;
    assert_eq!(table.revision().await, 2);

    table.relocate(&tax, "https://new.example.ee/", after(1)).await;
    let lookup = table.store.lookup_route(&tax).await.expect("enrolled");
    let RouteLookup::Routed(route) = lookup else { panic!("{lookup:?}") };
    assert_eq!(route.uri.as_str(), "https://new.example.ee/");
    let same = change(serde_json::json!({"contact": "new@example.ee"}));
    table.store.update_chatbot(&table.audit_context(after(2)), &tax, None, &same).await.expect("changed");
    assert_eq!(table.revision().await, 3, "a contact is no route");

    table.store.delete_chatbot(&table.audit_context(after(3)), &tax, None, &table.policy).await.expect("deleted");
    assert!(matches!(table.store.lookup_route(&tax).await, Err(StoreError::NotFound)));
    let changes = table.changes(2).await.expect("changes");
    let tombstone = RouteChange { name: tax, route: None };
    assert_eq!((changes.revision, changes.since, changes.changes), (4, 2, vec![tombstone]));
    let counts = table.revision().await;
    assert_eq!(counts, 4);
}

#[tokio::test]
async fn changes_since_any_revision_lead_to_current_table() {
    let table = Table::new().await;
    let mut tables = vec![BTreeMap::new()];
    for step in 0..12 {
        let text = format!("bot-{}", step % 5);
        let known = table.store.chatbot(&name(&text)).await.is_ok();
        match (known, step % 3) {
            (false, _) => drop(table.online(&text, after(step)).await),
            (true, 0) => {
                table
                    .store
                    .delete_chatbot(&table.audit_context(after(step)), &name(&text), None, &table.policy)
                    .await
                    .expect("deleted");
            }
            (true, _) => table.relocate(&name(&text), &format!("https://example.ee/{step}"), after(step)).await,
        }
        tables.push(table.routes().await);
    }
    for (revision, old) in (0..).zip(&tables) {
        let mut routes = old.clone();
        for change in table.changes(revision).await.expect("a delta").changes {
            match change.route {
                Some(route) => routes.insert(change.name, route),
                None => routes.remove(&change.name),
            };
        }
        assert_eq!(Some(&routes), tables.last(), "from {revision}");
    }
    assert!(matches!(table.changes(13).await, Err(StoreError::Gone)), "ahead of the table");
}

#[tokio::test]
async fn incomplete_change_log_returns_gone() {
    let table = Table::new().await;
    for n in 0..3 {
        table.online(&format!("bot-{n}"), start()).await;
    }
    delete_entry(&table, 1).await;
    assert!(matches!(table.changes(0).await, Err(StoreError::Gone)));
    assert_eq!(table.changes(1).await.expect("whole").changes.len(), 2);
}

#[tokio::test]
async fn follow_applies_every_later_change_or_none() {
    let table = Table::new().await;
    let names = online_chatbots(&table, 6).await;
    let first = head(&table).await;
    let mut kept = table.store.route_table(first).await.expect("a table");
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        let unchanged = table.store.follow_change_log(&mut kept, consistency, after(1)).await;
        assert_eq!((unchanged.ok(), kept.head()), (Some(true), first));
    }
    for name in &names[..2] {
        force_offline(&table, &table.store, name, after(1)).await;
    }
    assert!(table.store.follow_change_log(&mut kept, Consistency::Strong, after(2)).await.expect("read"));
    let second = head(&table).await;
    assert_eq!((kept.head(), second.count), (second, 4));
    let delta = table.store.route_changes(first.revision, second).await.expect("a delta");
    assert_eq!(kept.changes(first.revision), Some(delta));
    for name in &names[2..5] {
        force_offline(&table, &table.store, name, after(3)).await;
    }
    delete_entry(&table, second.revision + 2).await;
    for (now, reason) in [(after(7 * 24 * 3600), "entries may have expired"), (after(4), "an entry is missing")] {
        let followed = table.store.follow_change_log(&mut kept, Consistency::Strong, now).await;
        assert_eq!((followed.ok(), kept.head()), (Some(false), second), "{reason}");
    }
}

async fn delete_entry(table: &Table, revision: u64) {
    let key = |text: &str| AttributeValue::S(text.to_owned());
    let request = table.client.delete_item().table_name("centops").key("pk", key("CHANGES"));
    request.key("sk", key(&format!("{revision:020}"))).send().await.expect("deleted");
}
