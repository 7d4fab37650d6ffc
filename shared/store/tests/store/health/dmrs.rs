//! DMRs: outliers and silence.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    alerts::{Event, EventKind},
    health::{Batch, Delivery, DmrClient, FoldSummary, Lane, PolicyDocument, ProbeOutcome, UnsettledBatches},
    ingestion::Observer,
};
use centops_store::{health::DueItem, keys};
use jiff::SignedDuration;

use crate::support::{Fault, Table, after, batch, crossed_by, faulty, name, outage, register_dmr, start};

#[tokio::test]
async fn outlier_dmr_alerts_once_and_triggers_probes() {
    let table = Table::new().await;
    let mut names = Vec::new();
    for n in 0..4 {
        names.push(table.online(&format!("bot-{n}"), start()).await);
    }
    for name in &names {
        let report = [batch("dmr:tallinn", 1, 50, true, after(5)), batch("dmr:narva", 1, 20, false, after(5))];
        table.store.observe(name, &report, &table.policy, after(5), 0.0).await.expect("observed");
    }
    assert_eq!(table.routes().await.len(), 4);
    let tallinn = Observer::Dmr(name("tallinn"));
    let is_it = |event: &Event| match &event.kind {
        EventKind::ObserverOutlier { observer, .. } => *observer == tallinn,
        _ => false,
    };
    let outliers: Vec<_> = table.events().await.into_iter().filter(is_it).collect();
    assert_eq!((outliers.len(), outliers.iter().filter(|event| !event.quiet).count()), (4, 1));
    // If observers disagree, the prober checks, and a chatbot that does not answer it is ejected.
    assert_eq!(table.due(Lane::Recovery, after(5)).await.len(), 4);
    assert_eq!(table.probe(&names[0], true, after(6)).await, ProbeOutcome::StaysClosed);
    assert_eq!(table.probe(&names[1], false, after(6)).await, ProbeOutcome::Opened);
    assert_eq!(table.routes().await.len(), 3);
}

#[tokio::test]
async fn silence_triggers_probe_and_event_without_ejection() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    for time in 1..=6_i64 {
        let report = [batch("chatbot", u128::from(time.unsigned_abs()), 1, false, after(time * 600))];
        table.store.observe(&tax, &report, &table.policy, after(time * 600), 0.0).await.expect("observed");
        table
            .store
            .record_report(&name("tallinn"), &DmrClient::default(), &table.policy, after(time * 600))
            .await
            .expect("heard");
    }
    // The evaluation that was scheduled when the report interval was learnt finds nothing and schedules the next one.
    let (silent, early) = (after(3600 + 1200 - 60), after(3600 + 1200 - 61));
    let due_probe = async |at| table.due_probe(&tax, at).await;
    assert!(due_probe(early).await.is_none());
    assert_eq!(table.due(Lane::Silence, early).await, []);
    let due = table.due(Lane::Silence, silent).await;
    assert!(due.contains(&DueItem::Chatbot(tax.clone())) && due.contains(&DueItem::Dmr(name("tallinn"))), "{due:?}");
    assert_eq!(table.probe(&tax, true, silent).await, ProbeOutcome::StaysClosed);
    assert!(table.store.flag_silent_dmr(&name("tallinn"), &table.policy, silent).await.expect("noticed"));
    assert!(!table.store.flag_silent_dmr(&name("tallinn"), &table.policy, silent).await.expect("noticed"), "once");
    for lane in [Lane::Recovery, Lane::Silence] {
        assert_eq!(table.due(lane, silent + SignedDuration::from_hours(9)).await, []);
    }
    assert!(table.routes().await.contains_key(&tax));
    let events = table.events().await;
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::ObserverSilent { .. }) && event.quiet));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::DmrSilent { .. }) && !event.quiet));
}

#[tokio::test]
async fn alert_about_an_outlier_is_not_spent_by_a_save_that_fails() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let faulty = faulty(&table, Fault::Transactions);
    let report = [batch("dmr:tallinn", 1, 50, true, after(5)), batch("dmr:narva", 1, 20, false, after(5))];
    faulty.observe(&tax, &report, &table.policy, after(5), 0.0).await.expect_err("the transaction is lost");
    let observed = table.store.observe(&tax, &report, &table.policy, after(5), 0.0).await.expect("observed");
    let is_alert = |event: &EventKind| matches!(event, EventKind::ObserverOutlier { .. });
    assert!(observed.events.iter().any(|raised| is_alert(&raised.event) && raised.notify), "{observed:?}");
}

#[tokio::test]
async fn parked_batch_counts_once_with_whatever_follows_from_it() {
    let table = Table::new().await;
    let outlier = [batch("dmr:tallinn", 1, 50, true, after(5)), batch("dmr:narva", 1, 20, false, after(5))];
    let fine = [batch("dmr:tallinn", 1, 5, false, after(5))];
    for (chatbot, batches) in
        [("fine", fine.as_slice()), ("disputed", outlier.as_slice()), ("failing", outage(1, after(5)).as_slice())]
    {
        let chatbot = table.online(chatbot, start()).await;
        let size = batches.iter().map(|batch| batch.observations.len()).sum::<usize>();
        for delivery in [Delivery::Parked, Delivery::Unsettled] {
            let batches = batches.iter().map(|batch| Batch {
                delivery,
                // Of two messages, delivered twice each.
                sequence: if delivery == Delivery::Parked { 7.into() } else { 8.into() },
                ..batch.clone()
            });
            let batches: Vec<_> = batches.collect();
            let observe = || table.store.observe(&chatbot, &batches, &table.policy, after(5), 0.0);
            let first = observe().await.expect("observed").summary;
            assert_eq!((first.counted + first.late, first.repeated), (size, 0), "{chatbot} {delivery:?}");
            let repeated = FoldSummary { repeated: size, ..FoldSummary::default() };
            assert_eq!(observe().await.expect("observed").summary, repeated, "{chatbot} {delivery:?}");
        }
    }
    assert_eq!(table.routes().await.len(), 2, "one is ejected");
}

fn unsettled(chatbot: &str, sequence: u128) -> UnsettledBatches {
    UnsettledBatches::from([(name(chatbot), BTreeSet::from([sequence.into()]))])
}

/// Returns an attribute of the stored item of the DMR tallinn.
async fn attribute(table: &Table, name: &str) -> Option<AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let get = table.client.get_item().table_name(centops_table::NAME).key(keys::PK, text("DMR#tallinn"));
    get.key(keys::SK, text("DMR")).send().await.expect("read").item?.remove(name)
}

#[tokio::test]
async fn removed_dmr_keeps_its_unsettled_batches_and_nothing_of_its_reports() {
    let table = Table::new().await;
    let (store, dmr) = (&table.store, &name("tallinn"));
    register_dmr(&table, "tallinn", start()).await;
    let client = DmrClient { table_revision: Some(7), client_version: None };
    let report = async |client: &DmrClient, second| {
        store.record_report(dmr, client, &table.policy, after(second)).await.expect("recorded")
    };
    for time in 1..=6 {
        report(&client, time * 600).await;
    }
    assert!(store.add_unsettled(dmr, &unsettled("tax", 7), &table.policy, after(3600)).await.expect("added"));
    let late = after(100 * 3600);
    assert_eq!(table.due(Lane::Silence, late).await, [DueItem::Dmr(dmr.clone())]);
    assert_eq!(attribute(&table, keys::EXPIRES).await, None);

    store.delete_peer(&table.audit_context(after(3601)), dmr, None).await.expect("removed");
    let state = store.dmr_state(dmr).await.expect("read").expect("stored").value;
    assert_eq!(
        (state.has_reported(), state.client(), state.unsettled()),
        (false, &DmrClient::default(), &unsettled("tax", 7))
    );
    assert_eq!(table.due(Lane::Silence, late).await, [], "nobody waits for its reports");
    let expires = (after(3601) + SignedDuration::from_hours(45 * 24)).as_second();
    assert_eq!(attribute(&table, keys::EXPIRES).await, Some(AttributeValue::N(expires.to_string())));
    assert_eq!(report(&client, 3602).await, unsettled("tax", 7), "a message that was queued before");
    assert!(!store.dmr_state(dmr).await.expect("read").expect("stored").value.has_reported(), "it is no report");

    register_dmr(&table, "tallinn", after(9000)).await;
    assert!(!store.dmr_state(dmr).await.expect("read").expect("stored").value.has_reported());
    assert_eq!(report(&DmrClient::default(), 9001).await, unsettled("tax", 7));
    store.settle(dmr, &name("tax"), 7.into(), &table.policy, after(9002)).await.expect("settled");
    let state = store.dmr_state(dmr).await.expect("read").expect("stored").value;
    assert!(state.unsettled().is_empty() && state.client() == &DmrClient::default() && state.has_reported());
    assert_eq!(attribute(&table, keys::EXPIRES).await, None, "it reports");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batch_that_becomes_unsettled_during_a_removal_is_kept() {
    let table = Table::new().await;
    let (store, dmr) = (&table.store, &name("tallinn"));
    register_dmr(&table, "tallinn", start()).await;
    assert!(store.add_unsettled(dmr, &unsettled("tax", 7), &table.policy, after(1)).await.expect("added"));
    let other = store.clone();
    let overtaken = crossed_by(&table, async move {
        let (dmr, batches, policies) = (name("tallinn"), unsettled("police", 8), PolicyDocument::default());
        assert!(other.add_unsettled(&dmr, &batches, &policies, after(2)).await.expect("added"));
    });
    overtaken.delete_peer(&table.audit_context(after(3)), dmr, None).await.expect("removed");
    let state = store.dmr_state(dmr).await.expect("read").expect("stored").value;
    let both: UnsettledBatches = unsettled("tax", 7).into_iter().chain(unsettled("police", 8)).collect();
    assert_eq!(state.unsettled(), &both);
}

#[tokio::test]
async fn settling_without_a_list_writes_nothing_and_a_damaged_state_does_not_keep_a_dmr_from_removal() {
    let table = Table::new().await;
    let (store, dmr) = (&table.store, &name("tallinn"));
    store.settle(dmr, &name("tax"), 7.into(), &table.policy, start()).await.expect("nothing to do");
    assert_eq!(store.dmr_state(dmr).await.expect("read"), None);
    register_dmr(&table, "tallinn", start()).await;
    assert_eq!(store.dmr_state(dmr).await.expect("read"), None, "registered, and no report yet");
    store.record_report(dmr, &DmrClient::default(), &table.policy, start()).await.expect("recorded");
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let update = table.client.update_item().table_name(centops_table::NAME).key(keys::PK, text("DMR#tallinn"));
    let update = update.key(keys::SK, text("DMR")).update_expression("SET #state = :damaged");
    let update = update.expression_attribute_names("#state", keys::STATE);
    update.expression_attribute_values(":damaged", text("damaged")).send().await.expect("damaged");
    store.delete_peer(&table.audit_context(after(1)), dmr, None).await.expect("removed");
    let state = store.dmr_state(dmr).await.expect("readable").expect("stored").value;
    assert!(!state.has_reported() && state.unsettled().is_empty());
}
