//! Counts of the network that are wrong.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::chatbots::ChatbotType;
use centops_store::StoreError;
use serde_json::{Value, json};

use crate::support::{Table, after, chatbot, name, outage, start};

impl Table {
    /// Edits the counts of the network by hand, as no function does.
    async fn miscount(&self, edit: impl FnOnce(&mut Value)) {
        let items = self.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items;
        let network = |item: &std::collections::HashMap<String, AttributeValue>| {
            item.get("state").and_then(|state| state.as_s().ok()).is_some_and(|state| state.contains("\"types\""))
        };
        let mut item = items.unwrap_or_default().into_iter().find(network).expect("the network");
        let mut state: Value = serde_json::from_str(item["state"].as_s().expect("a text")).expect("JSON");
        edit(&mut state);
        item.insert("state".to_owned(), AttributeValue::S(state.to_string()));
        // The head of the route table has the number of routes, too.
        let online = state["types"]["ministry"]["online"].to_string();
        item.insert("count".to_owned(), AttributeValue::N(online));
        self.client.put_item().table_name(centops_table::NAME).set_item(Some(item)).send().await.expect("put");
    }
}

#[tokio::test]
async fn counts_edited_by_hand_are_found_and_corrected() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table.online("police", start()).await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("new", start())).await.expect("created");
    table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(6), 0.0).await.expect("observed");
    let exact = table.store.recount().await.expect("counted");
    assert_eq!((exact.drift(), exact.actual.types.clone()), (0, exact.stored.types.clone()));

    table.miscount(|state| state["types"]["ministry"]["online"] = json!(4)).await;
    let head = table.store.network().await.expect("the network").value.head();
    assert!(matches!(table.store.route_table(head).await, Err(StoreError::Unreadable(_))), "no table has four routes");
    let recount = table.store.recount().await.expect("counted");
    assert_eq!(recount.drift(), 3);

    // What changes between the count and the correction is kept.
    table.online("health", after(10)).await;
    let audit = table.audit_context(after(20));
    table.store.repair_counts(&audit, &recount).await.expect("corrected");
    let network = table.store.network().await.expect("the network").value;
    let counts = network.state_counts(ChatbotType::Ministry);
    assert_eq!((counts.online, counts.ejected, counts.unknown), (2, 1, 1));
    assert_eq!(table.store.recount().await.expect("counted").drift(), 0);
    let names: Vec<_> = table.routes().await.into_keys().collect();
    assert_eq!(names, [name("health"), name("police")]);
    let record = table.trail().await.into_iter().find(|record| record.at == after(20)).expect("a record");
    assert_eq!(record.before.expect("a state")["types"]["ministry"]["online"], 5);
}
