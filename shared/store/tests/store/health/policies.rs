//! The policy.

use centops_store::StoreError;

use crate::support::{Table, after, start};

#[tokio::test]
async fn policy_put_checks_version() {
    let table = Table::new().await;
    assert_eq!(table.store.policy().await.expect("read").version, 0, "the defaults");
    let strict =
        serde_json::json!({"defaults": table.policy.defaults(), "chatbots": {"tax": {"rate": {"minimum": 1}}}});
    let strict = serde_json::from_value(strict).expect("a good policy");
    assert_eq!(table.store.put_policy(&table.audit_context(start()), &strict, Some(0)).await.expect("put"), 1);
    assert!(matches!(
        table.store.put_policy(&table.audit_context(start()), &table.policy, Some(0)).await,
        Err(StoreError::Changed)
    ));
    assert_eq!(table.store.policy().await.expect("read").value, strict);
    assert_eq!(table.store.put_policy(&table.audit_context(start()), &table.policy, None).await.expect("put"), 2);
}

#[tokio::test]
async fn concurrent_unconditional_policy_puts_all_succeed() {
    let table = Table::new().await;
    let contexts: Vec<_> = (0..8).map(|second| table.audit_context(after(second))).collect();
    let puts = contexts.iter().map(|context| table.store.put_policy(context, &table.policy, None));
    let versions: Result<Vec<_>, _> = futures::future::join_all(puts).await.into_iter().collect();
    let mut versions = versions.expect("put");
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7, 8]);
}
