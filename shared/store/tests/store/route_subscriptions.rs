//! The queues of DMRs: one each, and each one's own.

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
async fn a_new_queue_replaces_the_old_one_and_frees_it() {
    let Table { store, audit, .. } = &Table::start().await.expect("a table");
    let (tallinn, tartu) = (&name("dmr-tallinn"), &name("dmr-tartu"));
    let act = |part| centops_table::audit_context(audit, Timestamp::UNIX_EPOCH).part(part);
    assert_eq!(store.route_subscription(tallinn).await.expect("an answer"), None);
    store.put_route_subscription(&act(0), tallinn, &of("one"), None).await.expect("stored");
    let first = store.route_subscription(tallinn).await.expect("an answer").expect("a subscription");
    assert_eq!(first.value, of("one"));
    assert_eq!(store.route_queue_owner("one").await.expect("an answer").as_ref(), Some(tallinn));

    let taken = store.put_route_subscription(&act(1), tartu, &of("one"), None).await;
    assert!(matches!(taken, Err(StoreError::Changed)), "another's queue: {taken:?}");
    assert_eq!(store.route_subscription(tartu).await.expect("an answer"), None);

    store.put_route_subscription(&act(2), tallinn, &of("two"), Some(&first)).await.expect("stored");
    assert_eq!(store.route_queue_owner("one").await.expect("an answer"), None);
    assert_eq!(store.route_queue_owner("two").await.expect("an answer").as_ref(), Some(tallinn));
    store.put_route_subscription(&act(3), tartu, &of("one"), None).await.expect("free again");
}

#[tokio::test]
async fn of_two_at_once_one_is_told_that_it_changed() {
    let Table { store, audit, .. } = &Table::start().await.expect("a table");
    let dmr = &name("dmr-tallinn");
    let act = |part| centops_table::audit_context(audit, Timestamp::UNIX_EPOCH).part(part);
    store.put_route_subscription(&act(0), dmr, &of("one"), None).await.expect("stored");
    let again = store.put_route_subscription(&act(1), dmr, &of("two"), None).await;
    assert!(matches!(again, Err(StoreError::Changed)), "{again:?}");
    // A new subscription of the same queue: its owner had ended the first.
    let first = store.route_subscription(dmr).await.expect("an answer").expect("a subscription");
    let renewed = RouteSubscription { arn: "arn:of:another".to_owned(), queue: "one".to_owned() };
    store.put_route_subscription(&act(2), dmr, &renewed, Some(&first)).await.expect("stored");
    assert_eq!(store.route_queue_owner("one").await.expect("an answer").as_ref(), Some(dmr));
    let stale = store.put_route_subscription(&act(3), dmr, &of("three"), Some(&first)).await;
    assert!(matches!(stale, Err(StoreError::Changed)), "{stale:?}");
}
