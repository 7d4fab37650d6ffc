//! Group commit: concurrent changes that share a revision, in one process and in several.

use std::{collections::BTreeSet, time::Duration};

use centops_domain::chatbots::Status;
use centops_store::{Store, StoreError, routes::RouteLookup};
use futures::future::join_all;

use crate::support::{Table, after, chatbot, force_offline, head, log, name, online_chatbots, start};

#[tokio::test]
async fn concurrent_changes_share_revisions_and_are_logged_once() {
    let table = Table::new().await;
    let names = online_chatbots(&table, 24).await;
    let before = head(&table).await;
    assert_eq!(before.count, 24);
    join_all(names.iter().map(|name| force_offline(&table, &table.store, name, after(1)))).await;
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

/// Four stores stand for four processes: none of them knows of the changes of the others.
#[tokio::test]
async fn conflicting_processes_lose_no_change() {
    let table = Table::new().await;
    let names = online_chatbots(&table, 16).await;
    let before = head(&table).await.revision;
    let processes: Vec<_> = (0..4).map(|_| Store::new(table.client.clone(), centops_table::NAME.to_owned())).collect();
    let stores = processes.iter().cycle();
    join_all(names.iter().zip(stores).map(|(name, store)| force_offline(&table, store, name, after(1)))).await;
    let changed: usize = log(&table, before).await.iter().map(|entry| entry.changes.len()).sum();
    assert_eq!(changed, 16);
    assert_eq!(head(&table).await.count, 0);
    let out = table.store.lookup_route(&names[7]).await.expect("enrolled");
    assert_eq!(out, RouteLookup::NotRouted { status: Status::Offline, since: after(1) });
}

#[tokio::test]
async fn failing_change_does_not_block_its_batch() {
    let table = Table::new().await;
    let enrol = |text: &'static str| {
        table.store.create_chatbot(Box::leak(Box::new(table.audit_context(start()))), chatbot(text, start()))
    };
    let results = join_all(["tax", "police", "tax", "health", "tax", "roads"].map(enrol)).await;
    let taken = results.iter().filter(|result| matches!(result, Err(StoreError::Exists))).count();
    assert_eq!((taken, results.iter().filter(|result| result.is_ok()).count()), (2, 4));
    let network = table.store.network().await.expect("a network").value;
    let unknown: u32 = network.types.values().map(|counts| counts.unknown).sum();
    assert_eq!(unknown, 4, "each counted once");
}

/// A change that is cancelled at any point leaves no state that blocks the others.
#[tokio::test]
async fn cancelled_change_does_not_block_others() {
    let table = Table::new().await;
    let names = online_chatbots(&table, 12).await;
    for (step, name) in names.iter().enumerate() {
        let timeout = Duration::from_micros(300 * step as u64);
        let cancelled = tokio::time::timeout(timeout, force_offline(&table, &table.store, name, after(1)));
        let (_, ()) = tokio::join!(cancelled, force_offline(&table, &table.store, &names[11 - step], after(1)));
    }
    join_all(names.iter().map(|name| force_offline(&table, &table.store, name, after(2)))).await;
    assert_eq!((head(&table).await.count, table.routes().await.len()), (0, 0));
}

/// Functions run on runtimes with several threads, so no lock may be held across an await.
#[tokio::test]
async fn futures_of_changes_are_send() {
    fn check<T>(
        future: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> impl Future<Output = Result<T, StoreError>> {
        future
    }
    let table = Table::new().await;
    let (context, tax) = (table.audit_context(start()), name("tax"));
    let removal = check(table.store.delete_chatbot(&context, &tax, None, &table.policy)).await;
    assert!(matches!(removal, Err(StoreError::NotFound)));
}
