//! Route subscriptions of DMRs.

use centops_store::{StoreError, routes::RouteSubscription};

use crate::support::{Table, after, name, register_dmr, start};

fn of(queue: &str) -> RouteSubscription {
    RouteSubscription { arn: format!("arn:of:{queue}"), queue: queue.to_owned(), enrolled_at: start() }
}

#[tokio::test]
async fn new_queue_replaces_and_frees_old_queue() {
    let table = Table::new().await;
    let store = &table.store;
    let (tallinn, tartu) = (&name("dmr-tallinn"), &name("dmr-tartu"));
    for dmr in ["dmr-tallinn", "dmr-tartu"] {
        register_dmr(&table, dmr, start()).await;
    }
    let context = |part| table.audit_context(start()).part(part);
    assert_eq!(store.route_subscription(tallinn).await.expect("an answer"), None);
    store.put_route_subscription(&context(0), tallinn, &of("one"), None).await.expect("stored");
    let first = store.route_subscription(tallinn).await.expect("an answer").expect("a subscription");
    assert_eq!(first.value, of("one"));
    assert_eq!(store.route_queue_owner("one").await.expect("an answer").as_ref(), Some(tallinn));

    let taken = store.put_route_subscription(&context(1), tartu, &of("one"), None).await;
    assert!(matches!(taken, Err(StoreError::Changed)), "another's queue: {taken:?}");
    assert_eq!(store.route_subscription(tartu).await.expect("an answer"), None);

    store.put_route_subscription(&context(2), tallinn, &of("two"), Some(&first)).await.expect("stored");
    assert_eq!(store.route_queue_owner("one").await.expect("an answer"), None);
    assert_eq!(store.route_queue_owner("two").await.expect("an answer").as_ref(), Some(tallinn));
    assert_eq!(store.route_subscriptions().await.expect("a list"), [(tallinn.clone(), of("two"))]);
    store.put_route_subscription(&context(3), tartu, &of("one"), None).await.expect("free again");
    let all = [(tallinn.clone(), of("two")), (tartu.clone(), of("one"))];
    assert_eq!(store.route_subscriptions().await.expect("a list"), all);
}

#[tokio::test]
async fn stale_route_subscription_returns_changed() {
    let table = Table::new().await;
    let (store, dmr) = (&table.store, &name("dmr-tallinn"));
    register_dmr(&table, "dmr-tallinn", start()).await;
    let context = |part| table.audit_context(start()).part(part);
    store.put_route_subscription(&context(0), dmr, &of("one"), None).await.expect("stored");
    let again = store.put_route_subscription(&context(1), dmr, &of("two"), None).await;
    assert!(matches!(again, Err(StoreError::Changed)), "{again:?}");
    // A new subscription of the same queue, after its owner ended the first.
    let first = store.route_subscription(dmr).await.expect("an answer").expect("a subscription");
    let renewed = RouteSubscription { arn: "arn:of:another".to_owned(), ..of("one") };
    store.put_route_subscription(&context(2), dmr, &renewed, Some(&first)).await.expect("stored");
    assert_eq!(store.route_queue_owner("one").await.expect("an answer").as_ref(), Some(dmr));
    let stale = store.put_route_subscription(&context(3), dmr, &of("three"), Some(&first)).await;
    assert!(matches!(stale, Err(StoreError::Changed)), "{stale:?}");
}

#[tokio::test]
async fn ended_subscription_frees_the_queue_and_only_registered_dmrs_subscribe() {
    let table = Table::new().await;
    let (store, dmr) = (&table.store, &name("dmr-tallinn"));
    let context = |second| table.audit_context(after(second));
    let unregistered = store.put_route_subscription(&context(0), dmr, &of("one"), None).await;
    assert!(matches!(unregistered, Err(StoreError::Changed)), "{unregistered:?}");
    register_dmr(&table, "dmr-tallinn", start()).await;
    store.put_route_subscription(&context(1), dmr, &of("one"), None).await.expect("stored");
    let stored = store.route_subscription(dmr).await.expect("an answer").expect("a subscription");
    store.delete_route_subscription(&context(2), dmr, &stored).await.expect("deleted");
    assert_eq!(store.route_subscription(dmr).await.expect("an answer"), None);
    assert_eq!(store.route_queue_owner("one").await.expect("an answer"), None);
    let again = store.delete_route_subscription(&context(3), dmr, &stored).await;
    assert!(matches!(again, Err(StoreError::Changed)), "{again:?}");
    register_dmr(&table, "dmr-tartu", start()).await;
    store.put_route_subscription(&context(4), &name("dmr-tartu"), &of("one"), None).await.expect("its successor");
}
