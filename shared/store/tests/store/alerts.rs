//! Alert subscriptions.

use std::collections::BTreeSet;

use centops_domain::alerts::{Destination, Protocol};
use centops_store::{StoreError, alerts::Subscription};

use crate::support::{Table, chatbot, name, start};

#[tokio::test]
async fn concurrent_subscription_returns_changed() {
    let table = Table::new().await;
    let to = Destination::new(Protocol::Email, "owner@example.ee".into()).expect("a good address");
    assert_eq!(table.store.subscription(&to).await.expect("answered"), None);
    let subscription = |text: &str| Subscription { arn: "arn".into(), chatbots: BTreeSet::from([name(text)]) };
    table
        .store
        .put_subscription(&table.audit_context(start()), &chatbot("tax", start()), &to, &subscription("tax"), None)
        .await
        .expect("stored");
    let second = table
        .store
        .put_subscription(&table.audit_context(start()), &chatbot("tax", start()), &to, &subscription("police"), None)
        .await;
    assert!(matches!(second, Err(StoreError::Changed)));
    let stored = table.store.subscription(&to).await.expect("answered").expect("there");
    table
        .store
        .put_subscription(
            &table.audit_context(start()),
            &chatbot("tax", start()),
            &to,
            &subscription("police"),
            Some(&stored),
        )
        .await
        .expect("stored");
    assert_eq!(table.store.subscription(&to).await.expect("answered").expect("there").value, subscription("police"));
}
