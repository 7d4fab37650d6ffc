//! Releases.

use centops_domain::{chatbots::Name, releases::Release};
use centops_store::StoreError;

use crate::support::{Table, chatbot, start};

#[tokio::test]
async fn second_publication_returns_exists() {
    let table = Table::new().await;
    let new = serde_json::json!({"component": "ruuter", "version": "1.1.0", "severity": "critical"});
    let release = Release::publish(serde_json::from_value(new).expect("a good release"), start());
    table.store.publish_release(&table.audit_context(start()), &release).await.expect("published");
    assert!(matches!(
        table.store.publish_release(&table.audit_context(start()), &release).await,
        Err(StoreError::Exists)
    ));
    assert_eq!(table.store.releases().await.expect("releases"), std::slice::from_ref(&release));
    let events = table.events().await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let announcement = event.announcement_to(&chatbot("tax", start())).expect("it runs 1.0.0");
    assert_eq!((announcement.kind, announcement.chatbot.as_ref().map(Name::as_str)), ("update-available", Some("tax")));
}
