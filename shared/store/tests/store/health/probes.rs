//! Due chatbots, leases and probes.

use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Status},
    health::{Lane, ProbeOutcome, StateCounts},
};
use centops_store::health::DueItem;

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
