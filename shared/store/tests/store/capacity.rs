//! Consumed capacity of the frequent paths, as the table reports it.

mod events;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, Name},
    health::Batch,
    releases::Release,
};
use centops_store::{Store, audit::Audit, chatbots::ChatbotFilter, institutions::InstitutionError};
use centops_table::{
    declared,
    meter::{Cost, Meter, sum},
};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::support::{Table, after, batch, chatbot, institution, name, online_chatbots, start};

/// Returns a client of `table` whose requests are metered.
fn metered(table: &Table) -> (Meter, Client) {
    Meter::of(&table.client)
}

/// Returns a typical batch of `observer`: a hundred observations of the last ten seconds.
fn report(observer: &str, sequence: i64) -> Batch {
    let at = after(sequence * 10);
    let mut report = batch(observer, 18_849_496_460_467_696_128 + u128::from(sequence.unsigned_abs()), 97, false, at);
    report.observations.extend(batch(observer, 0, 3, true, at).observations);
    report
}

async fn observe(store: &Store, table: &Table, name: &Name, observer: &str, sequence: i64) {
    let now: Timestamp = after(sequence * 10 + 2);
    store.observe(name, &[report(observer, sequence)], &table.policy, now, 0.0).await.expect("observed");
}

/// Three observers report every ten seconds for half an hour. A batch costs one read unit and one write unit, and once
/// a minute one write unit more for the history.
#[tokio::test]
async fn batch_costs_one_read_unit_and_one_write_unit() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    let name = table.online("citizenship-and-migration-board", start()).await;
    let observers = ["chatbot", "dmr:tallinn-central", "dmr:tartu-university"];
    for sequence in 1..60 {
        for observer in observers {
            observe(&table.store, &table, &name, observer, sequence).await;
        }
    }
    let usual = declared::ingest_codes(1.0);
    let first_of_minute = sum(&[usual, declared::INGEST_CODES_MINUTE]);
    let mut minutes = 0;
    for sequence in 60..180 {
        for observer in observers {
            observe(&store, &table, &name, observer, sequence).await;
            let cost = meter.take();
            if cost != usual {
                assert_eq!(cost, first_of_minute);
                minutes += 1;
            }
        }
    }
    assert_eq!(minutes, 20, "one batch a minute writes the history too");
}

/// 10,000 outages a minute for twelve minutes, in batches of ten.
#[tokio::test]
async fn outages_of_a_storm_cost_one_write_unit_a_batch_and_one_read_unit_a_look() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    for second in 0..720 {
        // Each counter gets to the length that it has with 167 outages.
        store.record_outages(&[after(second); 167]).await.expect("recorded");
    }
    let (read, written) = meter.take();
    assert_eq!((read, written), (0.0, 720.0));
    let outages = store.recent_outages(after(720)).await.expect("read");
    assert_eq!(outages.len(), 620 * 20);
    let (read, _) = meter.take();
    assert!(read <= 2.0, "{read} read units");
}

/// The audit record of a write is one more item of its transaction, and is in two indexes.
#[tokio::test]
async fn writes_and_refusals_cost_known_units_with_their_records() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client.clone(), centops_table::NAME.to_owned());
    let audit = Audit::new(client, centops_table::AUDIT.to_owned());
    let context = |seconds| centops_table::audit_context(&audit, after(seconds));
    let name = name("tax-board");
    store.create_chatbot(&context(0), chatbot("tax-board", start())).await.expect("created");
    assert_eq!(
        meter.take(),
        declared::CREATE_CHATBOT,
        "an enrolment: reads the peer, the institution (no record) and the network"
    );
    let change = serde_json::from_value(serde_json::json!({"contact": "new@example.ee"})).expect("a change");
    store.update_chatbot(&context(1), &name, None, &change).await.expect("changed");
    assert_eq!(meter.take(), declared::UPDATE_CHATBOT, "a change of a contact");
    context(2).write_refusal(Subject { chatbot: Some(name), institution: None }, "no").await.expect("written");
    assert_eq!(meter.take(), declared::AUTHORIZE_REFUSAL, "a refusal");
}

/// Adds the chatbots `from..to` of a country, ten to each institution, without their health.
async fn settle(table: &Table, from: usize, to: usize) {
    /// The most writes of one `BatchWriteItem`.
    const BATCH: usize = 25;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let keys = [("pk", "CHATBOTS"), ("sk", "pattern")].map(|(name, value)| (name.to_owned(), text(value))).into();
    let pattern = table.client.get_item().table_name(centops_table::NAME).set_key(Some(keys)).send().await;
    let pattern = pattern.expect("read").item.expect("there");
    let writes = (from..to).map(|number| {
        let (bot, institution) = (format!("bot-{number:06}"), format!("institution-{:05}", number / 10));
        let mut item = pattern.clone();
        item.extend(
            [("sk", &bot), ("name", &bot), ("institution", &institution)]
                .map(|(name, value)| (name.to_owned(), text(value))),
        );
        WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().expect("a put")).build()
    });
    let batches = stream::iter(writes)
        .chunks(BATCH)
        .map(|batch| table.client.batch_write_item().request_items(centops_table::NAME, batch).send());
    batches.buffer_unordered(8).for_each(|written| async move { assert!(written.is_ok(), "{written:?}") }).await;
}

/// The cost of an owner's lists does not grow with the country: one query of the index, one batch of the owner's own.
#[tokio::test]
async fn lists_of_an_owner_cost_the_same_in_a_country_of_any_size() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    table.store.create_chatbot(&table.audit_context(start()), chatbot("pattern", start())).await.expect("created");
    let single = Chatbot { institution: name("owner-of-one"), ..chatbot("only-one", start()) };
    table.store.create_chatbot(&table.audit_context(start()), single).await.expect("created");
    let record = institution("institution-00003", "Maksuamet");
    table.store.create_institution(&table.audit_context(start()), record).await.expect("created");
    let mut size = 0;
    for next in [100, 1_000, 100_000] {
        settle(&table, size, next).await;
        size = next;
        let refused = store.delete_institution(&table.audit_context(start()), &name("institution-00003"), None).await;
        assert!(matches!(refused, Err(InstitutionError::HasParticipants)), "{refused:?}");
        let cost = Cost::new(3, declared::delete_institution_refused(10.0));
        assert_eq!(meter.take_cost(), cost, "a refused removal: the institution, and ten participants of {size}");
        for (owned, listed) in [("owner-of-one", 1), ("institution-00003", 10), ("owner-of-none", 0)] {
            let owned = [name(owned)].into();
            let page = store.chatbots_of(&owned, &ChatbotFilter::default(), None, 50).await.expect("a page");
            assert_eq!((page.items.len(), page.next), (listed, None));
            let units = f64::from(u32::try_from(listed).expect("a number"));
            let requests = if listed == 0 { 1 } else { 2 };
            let cost = Cost::new(requests, declared::list_chatbots_owner(units, 1.0));
            assert_eq!(meter.take_cost(), cost, "one query, and one batch for {listed} of {size}");
            store.participants_of(&owned).await.expect("a list");
            let cost = Cost::new(requests, declared::list_registered_participants_owner(units, 1.0));
            assert_eq!(meter.take_cost(), cost, "participants: the same for {listed} of {size}");
        }
    }
}

/// The result of a probe is saved upon the state that the lease was taken with: it reads only the network.
#[tokio::test]
async fn probe_reads_its_chatbot_once() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    let tax = name("tax");
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    for (success, now) in [(false, start()), (true, after(60))] {
        let due = store.evaluate_due(&tax, &table.policy, now).await.expect("evaluated");
        let probe = due.probe.expect("due");
        store.report_probe(&probe, success, &table.policy, now, 0.0).await.expect("reported");
        let cost = meter.take_cost();
        if success {
            let (read, _) = declared::PROBE_CHATBOTS_RECOVERY;
            assert_eq!((cost.requests, cost.read), (5, read), "a circuit that closes writes more");
        } else {
            let expected = Cost::new(5, declared::PROBE_CHATBOTS_RECOVERY);
            assert_eq!(cost, expected, "health, chatbot, lease; network, result");
        }
    }
}

/// Chatbots that report each minute are due in the silence lane all the time. A sweep reads each for half a unit and
/// writes nothing, at any size of the network; the index costs half a unit for each shard and 4 KB of keys.
#[tokio::test]
async fn silent_look_costs_half_a_read_unit_for_each_chatbot() {
    for size in [1, 10, 1000] {
        let table = Table::new().await;
        let names = online_chatbots(&table, size).await;
        for minute in 1..=7 {
            let at = after(minute * 60);
            for names in names.chunks(50) {
                let reports = names.iter().map(async |name| {
                    let report = [batch("chatbot", u128::from(minute.unsigned_abs()), 1, false, at)];
                    table.store.observe(name, &report, &table.policy, at, 0.0).await.expect("observed");
                });
                futures::future::join_all(reports).await;
            }
        }
        let (meter, client) = metered(&table);
        let store = Store::new(client, centops_table::NAME.to_owned());
        let swept = store.due_for_silence(after(7 * 60 + 30), 10_000).await.expect("a sweep");
        assert_eq!((swept.read, swept.entries.len()), (size, 0));
        let (read, written) = meter.take();
        let (chatbots, _) = declared::schedule_probes_silence(f64::from(u32::try_from(size).expect("a size")));
        assert!(read >= chatbots && read <= chatbots * 1.03 + 4.0, "{size} chatbots: {read} read units");
        assert!(written.abs() < f64::EPSILON, "{size} chatbots: {written} write units");
    }
}

/// The cost of a chatbot's updates does not grow with the releases: one unit a component, two on a pre-release.
#[tokio::test]
async fn updates_cost_the_same_after_any_number_of_releases() {
    let table = Table::new().await;
    let (meter, client) = metered(&table);
    let store = Store::new(client, centops_table::NAME.to_owned());
    let versions = serde_json::json!({"ruuter": "0.0.1", "widget": "2.0.0-rc.1"});
    let versions = serde_json::from_value(versions).expect("good versions");
    let (mut published, mut first) = (0, None);
    for size in [1_u32, 10, 1_000] {
        for number in published..size {
            let (component, version) = if number % 2 == 0 {
                ("ruuter", format!("{number}.0.1"))
            } else {
                ("widget", format!("2.0.0-rc.{number}"))
            };
            let severity = ["optional", "mandatory", "critical"][number as usize % 3];
            let new = serde_json::json!({
                "component": component, "version": version, "severity": severity, "notes": "x".repeat(2000),
            });
            let release = Release::publish(serde_json::from_value(new).expect("a good release"), start());
            store.publish_release(&table.audit_context(start()), release).await.expect("published");
            let published = Cost::new(2, declared::publish_release(2.0));
            assert_eq!(meter.take_cost(), published, "reads its track; its event is indexed");
        }
        published = size;
        let updates = store.updates(&versions).await.expect("updates");
        assert_eq!(updates.len(), if size == 1 { 0 } else { 2 });
        let cost = meter.take_cost();
        assert_eq!(cost, *first.get_or_insert(cost), "{size} releases cost what one costs");
        assert_eq!(cost, Cost::new(1, declared::get_updates(2.0, 1.0)), "one of two components on a pre-release");
    }
}
