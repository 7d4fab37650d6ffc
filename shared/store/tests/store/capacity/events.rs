//! Consumed capacity of events: their index entry, and their lists.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use centops_domain::{
    alerts::EventType,
    chatbots::Chatbot,
    health::{Control, PolicyDocument},
};
use centops_store::{Store, alerts::EventQuery, audit::Audit, keys::EVENT_DAY};
use centops_table::declared;
use futures::{StreamExt as _, stream};
use jiff::SignedDuration;

use super::{Cost, metered};
use crate::support::{Table, after, chatbot, name, start};

/// The events of a chatbot and an owner in each test.
const OWN: i64 = 30;

/// Freezes the chatbot `text` at the second `second`: one event.
async fn freeze(store: &Store, audit: &Audit, text: &str, second: i64) {
    let control = serde_json::json!({"mode": "hold", "reason": "frozen"});
    let control = serde_json::from_value(control).expect("a control");
    let control = Control::new(control, "EE60001019906".into(), after(second));
    let context = centops_table::audit_context(audit, after(second));
    store.set_control(&context, &name(text), Some(control), &PolicyDocument::default()).await.expect("frozen");
}

/// An event is two write units in the transaction of its change, and one of the index by day.
#[tokio::test]
async fn event_costs_one_write_unit_for_its_index_entry() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client.clone(), centops_table::NAME.to_owned());
    let audit = Audit::new(client, centops_table::AUDIT.to_owned());
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    freeze(&store, &audit, "tax", 1).await;
    // Health 2 and 1 of the index of due items, chatbot 2 for why it has its status, event 2 and 1, audit record 2 and 1
    // for each of its two indexes.
    assert_eq!(meter.take(), declared::SET_CONTROL);
}

/// Adds the events `from..to` of other chatbots, one a second, and some of them at the time of others.
async fn raise(table: &Table, from: i64, to: i64) {
    /// The most writes of one `BatchWriteItem`.
    const BATCH: usize = 25;
    let text = |text: String| AttributeValue::S(text);
    let items = table.client.scan().table_name(centops_table::NAME).send().await.expect("a scan").items;
    let pattern = items.unwrap_or_default().into_iter().find(|item| item.contains_key(EVENT_DAY)).expect("an event");
    let writes = (from..to).map(|number| {
        let at = start() - SignedDuration::from_secs(number / 2);
        let mut item = pattern.clone();
        item.insert("pk".to_owned(), text(format!("EVENTS#other-{}#1", number % 100)));
        item.insert("sk".to_owned(), text(format!("{at:.9}#other-{number}")));
        item.insert(EVENT_DAY.to_owned(), text(format!("{}#{}", &at.to_string()[..10], number % 4)));
        WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().expect("a put")).build()
    });
    let batches = stream::iter(writes)
        .chunks(BATCH)
        .map(|batch| table.client.batch_write_item().request_items(centops_table::NAME, batch).send());
    batches.buffer_unordered(8).for_each(|written| async move { assert!(written.is_ok(), "{written:?}") }).await;
}

/// The cost of a page does not grow with the events of the network, whether it is the first page or one of another day.
#[tokio::test]
async fn pages_of_events_cost_the_same_among_any_number_of_events() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    for text in ["own-1", "own-2"] {
        let new = Chatbot { institution: name("own"), ..chatbot(text, start()) };
        table.store.create_chatbot(&table.audit_context(start()), new).await.expect("created");
        for second in 0..OWN {
            freeze(&table.store, &table.audit, text, second).await;
        }
    }
    let (now, own) = (after(OWN), [name("own")].into());
    let query = EventQuery { limit: 50, ..EventQuery::default() };
    let (mut size, mut first) = (0, None);
    for next in [1_000, 10_000, 50_000] {
        raise(&table, size, next).await;
        size = next;
        let mut costs = Vec::new();
        let page = store.events(&query, now).await.expect("a page");
        assert_eq!(page.items.len(), 50);
        costs.push(("all", meter.take_cost()));
        let further = EventQuery { after: page.next, ..query.clone() };
        assert_eq!(store.events(&further, now).await.expect("a page").items.len(), 50);
        costs.push(("all, further", meter.take_cost()));
        let page = store.events_of_institutions(&own, &query, now).await.expect("a page");
        assert_eq!((page.items.len(), page.next.is_some()), (50, true));
        costs.push(("of an owner", meter.take_cost()));
        let page = store.events_of_chatbot(&name("own-1"), start(), &query, now).await.expect("a page");
        assert_eq!((page.items.len(), page.next), (30, None));
        costs.push(("of a chatbot", meter.take_cost()));
        let own_chatbot = Chatbot { institution: name("own"), ..chatbot("own-1", start()) };
        let page = store.events_about_chatbot(&own_chatbot, &query, now).await.expect("a page");
        assert_eq!((page.items.len(), page.next), (30, None));
        costs.push(("about a chatbot", meter.take_cost()));
        let rare = EventQuery { types: [EventType::ChatbotOnline].into(), ..query.clone() };
        let page = store.events(&rare, now).await.expect("a page");
        assert!(page.items.is_empty() && page.next.is_some());
        let Cost { requests, read, written } = meter.take_cost();
        assert!(requests <= 40 && read <= 200.0 && written == 0.0, "a filter that drops all: {requests}, {read}");
        let expected = first.get_or_insert(costs.clone());
        assert_eq!(&costs, expected, "{size} events");
    }
    let known = [
        // Two events for each of the page, and the rest of 4 KB for each of four shards.
        ("all", Cost::new(4, declared::list_events(50.0))),
        ("all, further", Cost::new(4, declared::list_events(50.0))),
        // Institution 0.5 and its own events 0.5, chatbots 1 each, events 1.5 each.
        ("of an owner", Cost::new(5, declared::list_events_owner(2.0, 1.0))),
        ("of a chatbot", Cost::new(1, (1.5, 0.0))),
        // The institution has no planned outages: 1.
        ("about a chatbot", Cost::new(2, declared::list_chatbot_events(30.0, 0.0))),
    ];
    assert_eq!(first.as_deref(), Some(&known[..]));
}
