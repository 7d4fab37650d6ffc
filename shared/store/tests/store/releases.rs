//! Releases.

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::{Name, Versions},
    notifications::{Kind, PendingNotification},
    releases::{Release, ReleaseVersion, Update},
    text::Reason,
};
use centops_store::{
    IfMatch, StoreError, Versioned,
    releases::{PublishError, ReleaseFilter, ReleasePosition},
};
use futures::future::join_all;

use crate::support::{Table, after, chatbot, name, start};

/// Returns the release `version` of `ruuter`, published at the start.
fn release(version: &str) -> Release {
    release_of("ruuter", version, "critical")
}

fn release_of(component: &str, version: &str, severity: &str) -> Release {
    let new = serde_json::json!({"component": component, "version": version, "severity": severity});
    Release::publish(serde_json::from_value(new).expect("a good release"), start())
}

fn reason(text: &str) -> Reason {
    text.to_owned().try_into().expect("a reason")
}

impl Table {
    async fn publish(&self, release: Release) -> Result<Versioned<Release>, PublishError> {
        self.store.publish_release(&self.audit_context(start()), release).await
    }

    /// Withdraws `version` of `ruuter`.
    async fn withdraw(
        &self,
        version: &str,
        expected: impl Into<IfMatch>,
        why: &str,
    ) -> Result<Versioned<Release>, StoreError> {
        let (context, component) = (self.audit_context(after(1)), name("ruuter"));
        let version: ReleaseVersion = version.parse().expect("a version");
        self.store.withdraw_release(&context, &component, &version, expected, &reason(why)).await
    }

    /// Returns all releases.
    async fn releases(&self) -> Vec<Release> {
        let page = self.store.list_releases(&ReleaseFilter::default(), None, 1000).await.expect("a page");
        assert_eq!(page.next, None);
        page.items
    }

    /// Returns the latest version and the severity of the update of each component of `versions`.
    async fn updates(&self, versions: serde_json::Value) -> Vec<(String, &'static str)> {
        let versions = serde_json::from_value(versions).expect("good versions");
        let updates = self.store.updates(&versions).await.expect("updates");
        updates.into_iter().map(|update| (update.latest.to_string(), update.severity.as_str())).collect()
    }
}

/// Returns the updates that follow from all `releases`.
fn updates_of(versions: &Versions, releases: &[Release]) -> Vec<Update> {
    let update = |(component, running): (&Name, _)| {
        let newer = || releases.iter().filter(|one| one.component == *component && one.outdates(versions).is_some());
        let latest = newer().map(|one| one.version.get()).max_by(|one, other| one.cmp_precedence(other))?.clone();
        let severity = newer().map(|one| one.severity).max()?;
        Some(Update { component: component.clone(), running: Clone::clone(running), latest, severity })
    };
    versions.iter().filter_map(update).collect()
}

/// Returns the notification of a published release for the chatbot `tax`.
fn update(event: &Event) -> Option<PendingNotification> {
    PendingNotification::of_release(event, &chatbot("tax", start()), start())
}

#[tokio::test]
async fn second_publication_is_refused() {
    let table = Table::new().await;
    table.publish(release("1.1.0")).await.expect("published");
    assert!(matches!(table.publish(release("1.1.0")).await, Err(PublishError::Published)));
    assert_eq!(table.releases().await, [release("1.1.0")]);
    let events = table.events().await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let update = update(event).expect("it runs 1.0.0");
    let chatbot = update.chatbot.map(|chatbot| chatbot.name);
    assert_eq!((update.content.kind(), chatbot), (Some(Kind::Update), Some(name("tax"))));
}

#[tokio::test]
async fn version_with_other_build_metadata_is_published_and_announced_once() {
    let table = Table::new().await;
    table.publish(release("1.1.0+a")).await.expect("published");
    for same in ["1.1.0+a", "1.1.0+b", "1.1.0"] {
        assert!(matches!(table.publish(release(same)).await, Err(PublishError::Published)), "{same}");
    }
    table.publish(release("1.1.0-rc.1+b")).await.expect("another version");
    assert_eq!(table.releases().await, [release("1.1.0+a"), release("1.1.0-rc.1+b")]);
    assert_eq!(table.events().await.iter().filter_map(update).count(), 1, "it runs 1.0.0");
}

#[tokio::test]
async fn withdrawn_release_is_no_update_and_is_not_published_again() {
    let table = Table::new().await;
    let running = || serde_json::json!({"ruuter": "1.0.0"});
    table.publish(release_of("ruuter", "1.1.0", "mandatory")).await.expect("published");
    let published = table.publish(release("2.0.0+a")).await.expect("published");
    assert_eq!(table.updates(running()).await, [("2.0.0+a".to_owned(), "critical")]);
    assert!(matches!(table.withdraw("2.0.0", Some(1), "broken").await, Err(StoreError::Changed)));
    let withdrawn = table.withdraw("2.0.0", Some(published.version), "broken").await.expect("withdrawn");
    assert_eq!(withdrawn.value, published.value.withdrawn(reason("broken"), after(1)));
    assert_eq!(table.updates(running()).await, [("1.1.0".to_owned(), "mandatory")]);
    assert_eq!(table.releases().await[1], withdrawn.value, "lists show it");
    for again in ["2.0.0+a", "2.0.0"] {
        let refused = table.publish(release(again)).await;
        assert!(
            matches!(&refused, Err(PublishError::Withdrawn(known)) if known.reason == reason("broken")),
            "{refused:?}"
        );
    }
    // A repetition gets the first withdrawal, also with the precondition of the first request.
    assert_eq!(table.withdraw("2.0.0+a", Some(published.version), "broken").await.expect("there"), withdrawn);
    assert_eq!(table.withdraw("2.0.0+a", None, "another").await.expect("there"), withdrawn);
    let stale = table.withdraw("2.0.0+a", Some(published.version), "another").await;
    assert!(matches!(stale, Err(StoreError::Changed)));
    assert!(matches!(table.withdraw("2.0.1", None, "broken").await, Err(StoreError::NotFound)));
    let is_withdrawal =
        |kind: &EventKind| matches!(kind, EventKind::ReleaseWithdrawn { release } if *release == withdrawn.value);
    assert_eq!(table.events().await.iter().filter(|event| is_withdrawal(&event.kind)).count(), 1);
    let recorded = table.trail().await.into_iter().filter(|record| record.before.is_some()).collect::<Vec<_>>();
    let [record] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!(record.after.as_ref().expect("a release")["withdrawal"]["reason"], "broken");
}

#[tokio::test]
async fn track_is_empty_after_the_withdrawal_of_its_only_release() {
    let table = Table::new().await;
    table.publish(release("1.0.0-rc.2")).await.expect("published");
    assert_eq!(table.updates(serde_json::json!({"ruuter": "1.0.0-rc.1"})).await.len(), 1);
    table.withdraw("1.0.0-rc.2", None, "broken").await.expect("withdrawn");
    assert_eq!(table.updates(serde_json::json!({"ruuter": "1.0.0-rc.1"})).await, []);
    table.publish(release("1.0.0-rc.3")).await.expect("published");
    assert_eq!(table.updates(serde_json::json!({"ruuter": "1.0.0-rc.1"})).await.len(), 1);
}

/// Publications and withdrawals of one component run at the same time. What is kept of each track is what all releases
/// give, for every running version.
#[tokio::test]
async fn concurrent_publications_and_withdrawals_leave_the_updates_that_all_releases_give() {
    let (table, mut random) = (Table::new().await, fastrand::Rng::with_seed(7));
    let versions = (0..8).flat_map(|minor| ["", "-rc.1", "-rc.2"].map(|pre| format!("1.{minor}.0{pre}")));
    let mut versions: Vec<_> = versions.collect();
    random.shuffle(&mut versions);
    let releases: Vec<_> = versions
        .iter()
        .map(|version| release_of("ruuter", version, ["optional", "mandatory", "critical"][random.usize(..3)]))
        .collect();
    let mut earlier: &[Release] = &[];
    for published in releases.chunks(8) {
        let publications = published.iter().map(|release| table.publish(release.clone()));
        let withdrawn: Vec<_> = earlier.iter().step_by(2).map(|one| one.version.get().to_string()).collect();
        let withdrawals = withdrawn.iter().map(|version| table.withdraw(version, None, "broken"));
        let (publications, withdrawals) = futures::join!(join_all(publications), join_all(withdrawals));
        assert!(publications.iter().all(Result::is_ok), "{publications:?}");
        assert!(withdrawals.iter().all(Result::is_ok), "{withdrawals:?}");
        let stored = table.releases().await;
        for running in versions.iter().map(String::as_str).chain(["0.1.0", "2.0.0", "1.3.0-alpha"]) {
            let running: Versions = serde_json::from_value(serde_json::json!({"ruuter": running})).expect("versions");
            assert_eq!(table.store.updates(&running).await.expect("updates"), updates_of(&running, &stored));
        }
        earlier = published;
    }
    assert_eq!(table.releases().await.iter().filter(|one| one.withdrawal.is_some()).count(), 8);
}

#[tokio::test]
async fn updates_of_as_many_components_as_a_chatbot_can_run_are_found() {
    let table = Table::new().await;
    let running: serde_json::Map<_, _> = (0..64).map(|n| (format!("component-{n:02}"), "1.0.0-rc.1".into())).collect();
    for component in running.keys() {
        table.publish(release_of(component, "1.0.0-rc.2", "optional")).await.expect("published");
    }
    table.publish(release_of("component-63", "1.0.0", "critical")).await.expect("published");
    let found = table.updates(running.into()).await;
    assert_eq!(found.len(), 64, "two tracks each are more than one batch");
    assert_eq!((found[0].0.as_str(), found[63].0.as_str()), ("1.0.0-rc.2", "1.0.0"));
}

#[tokio::test]
async fn releases_are_listed_by_component_a_page_at_a_time() {
    let table = Table::new().await;
    for (component, version) in [("ruuter", "1.0.0"), ("ruuter", "2.0.0"), ("ruuter-widget", "1.0.0"), ("bot", "0.1.0")]
    {
        table.publish(release_of(component, version, "optional")).await.expect("published");
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
