//! Due chatbots, leases and probes.

use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Status},
    health::{Lane, ProbeOutcome, ProbeRefusal, StateCounts},
};
use centops_store::{
    Store, StoreError,
    health::{DueItem, ProbeRequestError},
};
use centops_table::{
    declared,
    meter::{Cost, Meter},
};

use crate::support::{Table, after, batch, chatbot, name, outage, start};

#[tokio::test]
async fn probe_lease_has_one_holder_and_success_restores_chatbot() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    assert!(table.due(Lane::Recovery, after(1)).await.is_empty(), "a closed circuit is not due");
    table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(5), 0.0).await.expect("observed");
    let due = after(35);
    assert!(table.due(Lane::Recovery, after(6)).await.is_empty(), "not yet");
    assert_eq!(table.due(Lane::Recovery, due).await, [DueItem::Chatbot(tax.clone())]);

    let claims = (0..6).map(|_| table.store.evaluate_due(&tax, &table.policy, due));
    let claims: Vec<_> = futures::future::join_all(claims)
        .await
        .into_iter()
        .filter_map(|looked| looked.expect("answered").probe)
        .collect();
    assert_eq!(claims.len(), 1);
    // Reports that arrive meanwhile change the item, but not the lease.
    table.store.observe(&tax, &[batch("chatbot", 2, 1, true, due)], &table.policy, due, 0.0).await.expect("observed");
    let report = table.store.report_probe(&claims[0], true, &table.policy, due, 0.0);
    assert_eq!(report.await.expect("reported"), ProbeOutcome::Closed);
    let stale = table.store.report_probe(&claims[0], false, &table.policy, due, 0.0);
    assert_eq!(stale.await.expect("reported"), ProbeOutcome::Stale);

    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Online);
    assert!(table.routes().await.contains_key(&tax));
    let last = table.events().await.pop().expect("an event");
    assert!(matches!(last.kind, EventKind::ChatbotOnline { was: Status::Offline, .. }), "{last:?}");
    let network = table.store.network().await.expect("the network").value;
    let counts = StateCounts { online: 1, ..StateCounts::default() };
    assert_eq!((network.revision, network.state_counts(ChatbotType::Ministry)), (3, counts));
}

#[tokio::test]
async fn failed_probe_doubles_backoff_and_keeps_chatbot_unknown() {
    let table = Table::new().await;
    let tax = name("tax");
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    assert_eq!(table.probe(&tax, false, start()).await, ProbeOutcome::StaysOpen);
    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Unknown);
    assert!(table.events().await.is_empty(), "no chatbot was online: no event");
    assert!(table.due_probe(&tax, after(59)).await.is_none());
    assert_eq!(table.probe(&tax, false, after(60)).await, ProbeOutcome::StaysOpen);
    assert!(table.due_probe(&tax, after(179)).await.is_none(), "twice as long");
    assert_eq!(table.probe(&tax, true, after(180)).await, ProbeOutcome::Closed);
}

#[tokio::test]
async fn requested_probe_is_due_at_once_and_a_second_request_within_a_minute_changes_nothing() {
    let table = Table::new().await;
    let tax = name("tax");
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    for seconds in [0, 60] {
        assert_eq!(table.probe(&tax, false, after(seconds)).await, ProbeOutcome::StaysOpen);
    }
    assert!(table.due(Lane::Recovery, after(100)).await.is_empty(), "not before 180 s");
    let request = async |seconds| {
        let (meter, client) = Meter::of(&table.client);
        let store = Store::new(client, centops_table::NAME.to_owned());
        let requested = store.request_probe(&table.audit_context(after(seconds)), &tax, &table.policy).await;
        requested.map(|probe| (probe.due.0, meter.take_cost()))
    };
    // The claim 2, health 2 and 2 of the index of due items, audit record 2 and 1 for each of its two indexes.
    assert_eq!(request(100).await.expect("due"), (after(100), Cost::new(3, declared::PROBE_CHATBOT)));
    assert_eq!(
        request(101).await.expect("due"),
        (after(100), Cost::new(2, declared::PROBE_CHATBOT_AGAIN)),
        "it is due already"
    );
    assert_eq!(table.due(Lane::Recovery, after(101)).await, [DueItem::Chatbot(tax.clone())]);
    assert_eq!(table.probe(&tax, false, after(102)).await, ProbeOutcome::StaysOpen);
    let version = table.store.health(&tax).await.expect("stored").version;
    assert_eq!(request(150).await.expect("due").0, after(102 + 60), "as planned after the failure");
    assert_eq!(table.store.health(&tax).await.expect("stored").version, version);
    assert_eq!(request(161).await.expect("due").0, after(161), "a minute later");
    assert_eq!(table.probe(&tax, true, after(162)).await, ProbeOutcome::Closed);
    let records = table.trail().await.len();
    assert_eq!(records, 3, "the enrolment and two requests");
    let refused = request(300).await;
    assert!(matches!(refused, Err(ProbeRequestError::Refused(ProbeRefusal::NothingToProbe))), "{refused:?}");
    let unknown = table.store.request_probe(&table.audit_context(after(1)), &name("none"), &table.policy).await;
    assert!(matches!(unknown, Err(ProbeRequestError::Store(StoreError::NotFound))), "{unknown:?}");
}
