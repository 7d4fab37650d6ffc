//! DMRs: outliers and silence.

use centops_domain::{
    alerts::{Event, EventKind},
    health::{Lane, ProbeOutcome},
    ingestion::Observer,
};
use centops_store::health::DueItem;
use jiff::SignedDuration;

use crate::support::{Table, after, batch, name, start};

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
        table.store.record_report(&name("tallinn"), &table.policy, after(time * 600)).await.expect("heard");
    }
    // The evaluation that was scheduled when the report interval was learnt finds nothing and schedules the next one.
    let (silent, early) = (after(3600 + 1200 - 60), after(3600 + 1200 - 61));
    let lease = async |at| table.lease(&tax, at).await;
    assert!(lease(early).await.is_none());
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
