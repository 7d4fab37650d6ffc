//! Releases.

use centops_domain::{chatbots::Name, releases::Release};
use centops_store::{
    StoreError,
    releases::{ReleaseFilter, ReleasePosition},
};

use crate::support::{Table, chatbot, name, start};

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

/// Returns the release `version` of `ruuter`, published at the start.
fn release(version: &str) -> Release {
    let new = serde_json::json!({"component": "ruuter", "version": version, "severity": "critical"});
    Release::publish(serde_json::from_value(new).expect("a good release"), start())
}

#[tokio::test]
async fn version_with_other_build_metadata_is_published_and_announced_once() {
    let table = Table::new().await;
    let publish = async |version| table.store.publish_release(&table.audit_context(start()), &release(version)).await;
    publish("1.1.0+a").await.expect("published");
    for same in ["1.1.0+a", "1.1.0+b", "1.1.0"] {
        assert!(matches!(publish(same).await, Err(StoreError::Exists)), "{same}");
    }
    publish("1.1.0-rc.1+b").await.expect("another version");
    assert_eq!(table.store.releases().await.expect("releases"), [release("1.1.0+a"), release("1.1.0-rc.1+b")]);
    let announced =
        table.events().await.iter().filter_map(|event| event.announcement_to(&chatbot("tax", start()))).count();
    assert_eq!(announced, 1, "it runs 1.0.0");
}

#[tokio::test]
async fn releases_are_listed_by_component_a_page_at_a_time() {
    let table = Table::new().await;
    for (component, version) in [("ruuter", "1.0.0"), ("ruuter", "2.0.0"), ("ruuter-widget", "1.0.0"), ("bot", "0.1.0")]
    {
        let new = serde_json::json!({"component": component, "version": version, "severity": "optional"});
        let release = Release::publish(serde_json::from_value(new).expect("a good release"), start());
        table.store.publish_release(&table.audit_context(start()), &release).await.expect("published");
    }
    let list = async |component: Option<&str>, limit: i32| {
        let filter = ReleaseFilter { component: component.map(name) };
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let page = table.store.list_releases(&filter, after.as_ref(), limit).await.expect("a page");
            let text = |release: &Release| format!("{} {}", release.component, release.version.get());
            pages.push(page.items.iter().map(text).collect::<Vec<_>>());
            let Some(next) = page.next else { return pages };
            assert!(filter.includes(&next));
            after = Some(next.to_string().parse().expect("its own wire form"));
        }
    };
    assert_eq!(list(None, 100).await, [["bot 0.1.0", "ruuter 1.0.0", "ruuter 2.0.0", "ruuter-widget 1.0.0"]]);
    assert_eq!(list(Some("ruuter"), 1).await, [["ruuter 1.0.0"], ["ruuter 2.0.0"]], "no empty page after the last");
    assert_eq!(list(Some("unknown"), 100).await, [[""; 0]]);
    for invalid in ["", "ruuter", "ruuter#", "#1.0.0", "RUUTER#1.0.0"] {
        assert!(invalid.parse::<ReleasePosition>().is_err(), "{invalid:?}");
    }
}
