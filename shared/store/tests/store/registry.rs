//! Enrolment, routes, releases and subscriptions on a real table.

use std::collections::{BTreeMap, BTreeSet};

use crate::table::{Table, after, chatbot, name, start};
use centops_domain::{
    alerts::{Destination, Protocol},
    chatbots::{ChatbotChange, Name, Status},
    releases::Release,
    routes::RouteChange,
};
use centops_store::{StoreError, alerts::Subscription, chatbots::ChatbotFilter, routes::RouteLookup};

fn change(json: serde_json::Value) -> ChatbotChange {
    serde_json::from_value(json).expect("a good change")
}

#[tokio::test]
async fn a_name_is_enrolled_once() {
    let table = Table::new().await;
    let created = table.store.create_chatbot(&table.act(start()), chatbot("tax", start())).await.expect("created");
    assert!(matches!(
        table.store.create_chatbot(&table.act(after(1)), chatbot("tax", after(1))).await,
        Err(StoreError::Exists)
    ));
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there"), created, "the second changed nothing");
    assert!(matches!(table.store.chatbot(&name("police")).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn of_two_who_enrol_at_once_one_wins() {
    let table = Table::new().await;
    let enrol =
        async |second| table.store.create_chatbot(&table.act(after(second)), chatbot("tax", after(second))).await;
    let tries = (0..8).map(enrol);
    let won = futures::future::join_all(tries).await.into_iter().flatten().count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_list_has_each_chatbot_once_whatever_the_pages() {
    let table = Table::new().await;
    let names: BTreeSet<_> = (0..7).map(|n| name(&format!("bot-{n}"))).collect();
    for name in &names {
        table.store.create_chatbot(&table.act(start()), chatbot(name.as_str(), start())).await.expect("created");
    }
    for limit in [1, 3, 7, 100] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = table.store.chatbots(&ChatbotFilter::default(), cursor.as_ref(), limit).await.expect("a page");
            seen.extend(page.items.into_iter().map(|chatbot| chatbot.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert!(seen.iter().eq(names.iter()), "limit {limit}: {seen:?}");
    }
}

#[tokio::test]
async fn a_list_shows_only_what_the_filter_lets_through() {
    let table = Table::new().await;
    table.online("tax", start()).await;
    table.store.create_chatbot(&table.act(start()), chatbot("police", start())).await.expect("created");
    table
        .store
        .update_chatbot(
            &table.act(after(1)),
            &name("police"),
            None,
            &change(serde_json::json!({"institution": "ppa", "type": "institution"})),
        )
        .await
        .expect("changed");
    let list = async |filter: ChatbotFilter| {
        let page = table.store.chatbots(&filter, None, 100).await.expect("a page");
        page.items.into_iter().map(|chatbot| String::from(chatbot.name)).collect::<Vec<_>>()
    };
    let institutions = |names: &[&str]| Some(names.iter().map(|text| name(text)).collect());
    assert_eq!(list(ChatbotFilter { status: Some(Status::Online), ..ChatbotFilter::default() }).await, ["tax"]);
    assert_eq!(list(ChatbotFilter { kind: "institution".parse().ok(), ..ChatbotFilter::default() }).await, ["police"]);
    assert_eq!(
        list(ChatbotFilter { institutions: institutions(&["tax-board", "ppa"]), ..ChatbotFilter::default() }).await,
        ["police", "tax"]
    );
    assert_eq!(
        list(ChatbotFilter {
            institutions: institutions(&["ppa"]),
            status: Some(Status::Online),
            ..ChatbotFilter::default()
        })
        .await,
        [""; 0]
    );
    assert_eq!(
        list(ChatbotFilter { institutions: institutions(&[]), ..ChatbotFilter::default() }).await,
        [""; 0],
        "an owner of nothing"
    );
}

#[tokio::test]
async fn a_stale_version_writes_nothing() {
    let table = Table::new().await;
    let first = table.store.create_chatbot(&table.act(start()), chatbot("tax", start())).await.expect("created");
    let contact = |mail: &str| change(serde_json::json!({ "contact": mail }));
    let second = table
        .store
        .update_chatbot(&table.act(after(1)), &name("tax"), Some(first.version), &contact("a@example.ee"))
        .await
        .expect("changed");
    assert!(second.version > first.version);
    let stale = table
        .store
        .update_chatbot(&table.act(after(2)), &name("tax"), Some(first.version), &contact("b@example.ee"))
        .await;
    assert!(matches!(stale, Err(StoreError::Changed)));
    assert!(matches!(
        table.store.delete_chatbot(&table.act(after(3)), &name("tax"), Some(first.version), &table.policy).await,
        Err(StoreError::Changed)
    ));
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there"), second);
    assert!(matches!(
        table.store.update_chatbot(&table.act(start()), &name("police"), None, &contact("a@example.ee")).await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        table.store.delete_chatbot(&table.act(start()), &name("police"), None, &table.policy).await,
        Err(StoreError::NotFound)
    ));
}

#[tokio::test]
async fn a_name_enrolled_again_never_has_an_old_version() {
    let table = Table::new().await;
    let first = table.store.create_chatbot(&table.act(start()), chatbot("tax", start())).await.expect("created");
    table.store.delete_chatbot(&table.act(after(1)), &name("tax"), None, &table.policy).await.expect("deleted");
    table.store.create_chatbot(&table.act(after(2)), chatbot("tax", after(2))).await.expect("created again");
    let stale =
        table.store.delete_chatbot(&table.act(after(3)), &name("tax"), Some(first.version), &table.policy).await;
    assert!(matches!(stale, Err(StoreError::Changed)));
}

#[tokio::test]
async fn routes_follow_the_chatbots_and_each_change_is_one_revision() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table.online("police", start()).await;
    assert_eq!(table.revision().await, 2);

    let moved = change(serde_json::json!({"uri": "https://new.example.ee/"}));
    table.store.update_chatbot(&table.act(after(1)), &tax, None, &moved).await.expect("moved");
    let placed = table.store.lookup_route(&tax).await.expect("enrolled");
    let RouteLookup::Routed(route) = placed else { panic!("{placed:?}") };
    assert_eq!(route.uri.as_str(), "https://new.example.ee/");
    let same = change(serde_json::json!({"contact": "new@example.ee"}));
    table.store.update_chatbot(&table.act(after(2)), &tax, None, &same).await.expect("changed");
    assert_eq!(table.revision().await, 3, "a contact is no route");

    table.store.delete_chatbot(&table.act(after(3)), &tax, None, &table.policy).await.expect("deleted");
    assert!(matches!(table.store.lookup_route(&tax).await, Err(StoreError::NotFound)));
    let changes = table.changes(2).await.expect("changes");
    let tombstone = RouteChange { name: tax, route: None };
    assert_eq!((changes.revision, changes.since, changes.changes), (4, 2, vec![tombstone]));
    let counts = table.revision().await;
    assert_eq!(counts, 4);
}

#[tokio::test]
async fn deltas_lead_from_every_revision_to_the_table() {
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
                    .delete_chatbot(&table.act(after(step)), &name(&text), None, &table.policy)
                    .await
                    .expect("deleted");
            }
            (true, _) => {
                let moved = change(serde_json::json!({"uri": format!("https://example.ee/{step}")}));
                table.store.update_chatbot(&table.act(after(step)), &name(&text), None, &moved).await.expect("moved");
            }
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
async fn a_log_that_lost_a_change_is_gone_not_short() {
    let table = Table::new().await;
    for n in 0..3 {
        table.online(&format!("bot-{n}"), start()).await;
    }
    let key = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let expired = table
        .client
        .delete_item()
        .table_name("centops")
        .key("pk", key("CHANGES"))
        .key("sk", key(&format!("{:020}", 1)));
    expired.send().await.expect("deleted");
    assert!(matches!(table.changes(0).await, Err(StoreError::Gone)));
    assert_eq!(table.changes(1).await.expect("whole").changes.len(), 2);
}

#[tokio::test]
async fn a_release_is_published_once() {
    let table = Table::new().await;
    let new = serde_json::json!({"component": "ruuter", "version": "1.1.0", "severity": "critical"});
    let release = Release::publish(serde_json::from_value(new).expect("a good release"), start());
    table.store.publish_release(&table.act(start()), &release).await.expect("published");
    assert!(matches!(table.store.publish_release(&table.act(start()), &release).await, Err(StoreError::Exists)));
    assert_eq!(table.store.releases().await.expect("releases"), std::slice::from_ref(&release));
    let events = table.events().await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let told = event.announcement_to(&chatbot("tax", start())).expect("it runs 1.0.0");
    assert_eq!((told.kind, told.chatbot.as_ref().map(Name::as_str)), ("update-available", Some("tax")));
}

#[tokio::test]
async fn reported_versions_are_written_only_when_new() {
    let table = Table::new().await;
    table.store.create_chatbot(&table.act(start()), chatbot("tax", start())).await.expect("created");
    let versions = |json| serde_json::from_value(json).expect("good versions");
    table
        .store
        .report_versions(&table.act(after(1)), &name("tax"), &versions(serde_json::json!({"ruuter": "1.0.0"})))
        .await
        .expect("reported");
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there").value.updated_at, start());
    let newer = versions(serde_json::json!({"ruuter": "2.0.0"}));
    table.store.report_versions(&table.act(after(1)), &name("tax"), &newer).await.expect("reported");
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there").value.versions, newer);
}

#[tokio::test]
async fn of_two_subscriptions_at_once_one_is_told_to_try_again() {
    let table = Table::new().await;
    let to = Destination::new(Protocol::Email, "owner@example.ee".into()).expect("a good address");
    assert_eq!(table.store.subscription(&to).await.expect("answered"), None);
    let subscription = |text: &str| Subscription { arn: "arn".into(), chatbots: BTreeSet::from([name(text)]) };
    table
        .store
        .put_subscription(&table.act(start()), &chatbot("tax", start()), &to, &subscription("tax"), None)
        .await
        .expect("stored");
    let second = table
        .store
        .put_subscription(&table.act(start()), &chatbot("tax", start()), &to, &subscription("police"), None)
        .await;
    assert!(matches!(second, Err(StoreError::Changed)));
    let stored = table.store.subscription(&to).await.expect("answered").expect("there");
    table
        .store
        .put_subscription(&table.act(start()), &chatbot("tax", start()), &to, &subscription("police"), Some(&stored))
        .await
        .expect("stored");
    assert_eq!(table.store.subscription(&to).await.expect("answered").expect("there").value, subscription("police"));
}
