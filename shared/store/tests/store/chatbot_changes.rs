//! Chatbots whose routes changed after a revision.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::{Chatbot, Name, Status},
    health::ProbeOutcome,
};
use centops_store::{Store, StoreError, chatbots::ChatbotChanges};
use centops_table::{
    declared,
    meter::{Cost, Meter},
};

use crate::support::{Table, after, chatbot_of, force_offline, name, online_chatbots, start};

/// Enrols the chatbot `text` of `institution` and brings it Online.
async fn online_of(table: &Table, text: &str, institution: &str) -> Name {
    table.store.create_chatbot(&table.audit_context(start()), chatbot_of(text, institution)).await.expect("created");
    assert_eq!(table.probe(&name(text), true, start()).await, ProbeOutcome::Closed);
    name(text)
}

async fn remove(table: &Table, name: &Name, seconds: i64) {
    table.store.delete_chatbot(&table.audit_context(after(seconds)), name, None, &table.policy).await.expect("removed");
}

fn institutions(names: &[&str]) -> BTreeSet<Name> {
    names.iter().map(|text| name(text)).collect()
}

/// Returns the changes after `since` as texts: `name status` of each chatbot, and the removed names.
async fn changes(table: &Table, since: u64, of: Option<&BTreeSet<Name>>) -> (Vec<String>, Vec<String>) {
    let changes = table.store.chatbot_changes(since, of).await.expect("changes");
    assert_eq!(changes.revision, table.revision().await);
    let chatbot = |chatbot: &Chatbot| format!("{} {:?}", chatbot.name, chatbot.status);
    (changes.chatbots.iter().map(chatbot).collect(), changes.removed.into_iter().map(String::from).collect())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn changes_are_the_chatbots_as_they_are_now_and_the_names_that_are_gone() {
    let table = Table::new().await;
    let [_, police, tax] = [
        online_of(&table, "customs", "emta").await,
        online_of(&table, "police", "ppa").await,
        online_of(&table, "tax", "emta").await,
    ];
    let since = table.revision().await;
    assert_eq!(changes(&table, since, None).await, (vec![], vec![]));
    table.store.create_chatbot(&table.audit_context(after(1)), chatbot_of("new", "ppa")).await.expect("created");
    assert_eq!(changes(&table, since, None).await, (vec![], vec![]), "an enrolment changes no route");
    force_offline(&table, &table.store, &tax, after(2)).await;
    assert_eq!(table.store.chatbot(&tax).await.expect("stored").value.status, Status::Offline);
    assert_eq!(changes(&table, since, None).await, (texts(&["tax Offline"]), vec![]));
    remove(&table, &police, 3).await;
    remove(&table, &tax, 4).await;
    let all = changes(&table, since, None).await;
    assert_eq!(all, (vec![], texts(&["police", "tax"])), "its removal while offline changes no route, its outage did");
    let from_the_start = changes(&table, 0, None).await;
    assert_eq!(from_the_start, (texts(&["customs Online"]), texts(&["police", "tax"])));
}

#[tokio::test]
async fn owner_learns_neither_changes_nor_names_of_other_institutions() {
    let table = Table::new().await;
    let [tax, moved, police, gone] = [
        online_of(&table, "tax", "emta").await,
        online_of(&table, "moved", "emta").await,
        online_of(&table, "police", "ppa").await,
        online_of(&table, "gone", "emta").await,
    ];
    let since = table.revision().await;
    force_offline(&table, &table.store, &tax, after(1)).await;
    force_offline(&table, &table.store, &moved, after(1)).await;
    let transfer = serde_json::from_value(serde_json::json!({"institution": "ppa"})).expect("a change");
    table.store.update_chatbot(&table.audit_context(after(2)), &moved, None, &transfer).await.expect("transferred");
    remove(&table, &police, 3).await;
    remove(&table, &gone, 3).await;
    let (emta, ppa) = (institutions(&["emta"]), institutions(&["none", "ppa"]));
    assert_eq!(changes(&table, since, Some(&emta)).await, (texts(&["tax Offline"]), texts(&["gone", "moved"])));
    assert_eq!(changes(&table, since, Some(&ppa)).await, (vec![], texts(&["police"])));
    for nothing in [institutions(&["none"]), BTreeSet::new()] {
        assert_eq!(changes(&table, since, Some(&nothing)).await, (vec![], vec![]));
    }
    table.store.set_control(&table.audit_context(after(4)), &moved, None, &table.policy).await.expect("ended");
    assert_eq!(table.probe(&moved, true, after(5)).await, ProbeOutcome::Closed);
    let (shown, removed) = changes(&table, since, Some(&ppa)).await;
    assert_eq!((shown, removed), (texts(&["moved Online"]), texts(&["police"])), "a change after the transfer");
}

#[tokio::test]
async fn changes_that_are_not_logged_return_gone() {
    let table = Table::new().await;
    // One after the other: each is a revision.
    let mut names = Vec::new();
    for text in ["bot-1", "bot-2", "bot-3"] {
        names.push(table.online(text, start()).await);
    }
    let owned = institutions(&["tax-board"]);
    let is_gone = |changes: Result<ChatbotChanges, StoreError>| matches!(changes, Err(StoreError::Gone));
    assert!(is_gone(table.store.chatbot_changes(table.revision().await + 1, None).await), "ahead of the table");
    let entry = |revision: u64| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        [("pk".to_owned(), text("CHANGES")), ("sk".to_owned(), text(&format!("{revision:020}")))].into()
    };
    let former = table.client.update_item().table_name(centops_table::NAME).set_key(Some(entry(2)));
    former.update_expression("REMOVE owners").send().await.expect("as before institutions were logged");
    assert!(is_gone(table.store.chatbot_changes(1, Some(&owned)).await), "whose it was is not known");
    assert_eq!(table.store.chatbot_changes(1, None).await.expect("changes").chatbots.len(), 2);
    assert_eq!(table.store.chatbot_changes(2, Some(&owned)).await.expect("changes").chatbots.len(), 1);
    let expired = table.client.delete_item().table_name(centops_table::NAME).set_key(Some(entry(2)));
    expired.send().await.expect("deleted");
    assert!(is_gone(table.store.chatbot_changes(1, None).await), "an entry is missing");
    assert_eq!(table.store.chatbot_changes(2, None).await.expect("changes").chatbots[0].name, names[2]);
}

/// A look at the changes costs a unit for the head, one for 4 KB of the log, and one for each changed chatbot that is
/// shown: for an owner only those of the owner's.
#[tokio::test]
async fn changes_cost_two_read_units_and_one_a_chatbot() {
    let table = Table::new().await;
    let names = online_chatbots(&table, 30).await;
    online_of(&table, "own", "emta").await;
    let since = table.revision().await;
    let (meter, client) = Meter::of(&table.client);
    let store = Store::new(client, centops_table::NAME.to_owned());
    let cost = |requests, changes, shown| Cost::new(requests, declared::list_chatbots_changes(changes, shown));
    store.chatbot_changes(since, None).await.expect("changes");
    assert_eq!(meter.take_cost(), Cost::new(1, declared::LIST_CHATBOTS_UNCHANGED), "nothing changed: the head");
    for (count, name) in (1..).zip(&names[..10]) {
        force_offline(&table, &table.store, name, after(count)).await;
    }
    let changes = store.chatbot_changes(since, None).await.expect("changes");
    assert_eq!((changes.chatbots.len(), meter.take_cost()), (10, cost(3, 10.0, 10.0)));
    let owned = institutions(&["emta"]);
    assert!(store.chatbot_changes(since, Some(&owned)).await.expect("changes").chatbots.is_empty());
    assert_eq!(meter.take_cost(), cost(2, 10.0, 0.0), "none of the owner's");
    force_offline(&table, &table.store, &name("own"), after(60)).await;
    assert_eq!(store.chatbot_changes(since, Some(&owned)).await.expect("changes").chatbots.len(), 1);
    assert_eq!(meter.take_cost(), cost(3, 11.0, 1.0), "one of the owner's among eleven");
}
