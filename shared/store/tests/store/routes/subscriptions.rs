//! Route subscriptions of DMRs.

use centops_domain::chatbots::Name;
use centops_store::{StoreError, routes::RouteSubscription};
use centops_table::Table;
use jiff::Timestamp;

fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

fn of(queue: &str) -> RouteSubscription {
    RouteSubscription { arn: format!("arn:of:{queue}"), queue: queue.to_owned() }
}

#[tokio::test]
async fn new_queue_replaces_and_frees_old_queue() {
    let Table { store, audit, .. } = &Table::start().await.expect("a table");
    let (tallinn, tartu) = (&name("dmr-tallinn"), &name("dmr-tartu"));
    let context = |part| centops_table::audit_context(audit, Timestamp::UNIX_EPOCH).part(part);
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
    store.put_route_subscription(&context(3), tartu, &of("one"), None).await.expect("free again");
}

#[tokio::test]
async fn stale_route_subscription_returns_changed() {
    let Table { store, audit, .. } = &Table::start().await.expect("a table");
    let dmr = &name("dmr-tallinn");
    let context = |part| centops_table::audit_context(audit, Timestamp::UNIX_EPOCH).part(part);
    store.put_route_subscription(&context(0), dmr, &of("one"), None).await.expect("stored");
    let again = store.put_route_subscription(&context(1), dmr, &of("two"), None).await;
    assert!(matches!(again, Err(StoreError::Changed)), "{again:?}");
    // A new subscription of the same queue, after its owner ended the first.
    let first = store.route_subscription(dmr).await.expect("an answer").expect("a subscription");
    let renewed = RouteSubscription { arn: "arn:of:another".to_owned(), queue: "one".to_owned() };
    store.put_route_subscription(&context(2), dmr, &renewed, Some(&first)).await.expect("stored");
    assert_eq!(store.route_queue_owner("one").await.expect("an answer").as_ref(), Some(dmr));
    let stale = store.put_route_subscription(&context(3), dmr, &of("three"), Some(&first)).await;
    assert!(matches!(stale, Err(StoreError::Changed)), "{stale:?}");
}
