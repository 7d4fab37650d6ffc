//! Moving a chatbot to another address.

use centops_domain::{
    alerts::EventKind,
    chatbots::{Chatbot, Name, Status},
    health::{ControlMode, Lane, ProbeOutcome},
};
use centops_store::health::{DueItem, DueProbe};

use super::control::control;
use crate::support::{Table, after, batch, name, outage, start};

const NEW: &str = "https://new.example.ee/";
const OTHER: &str = "https://other.example.ee/";

/// Changes the address of `name` at `time`.
async fn relocate(table: &Table, name: &Name, uri: &str, time: i64) -> Chatbot {
    let change = serde_json::from_value(serde_json::json!({ "uri": uri })).expect("a change");
    table.store.update_chatbot(&table.audit_context(after(time)), name, None, &change).await.expect("changed").value
}

/// Takes the lease to probe `name` at `time`.
async fn due_probe(table: &Table, name: &Name, time: i64) -> Option<DueProbe> {
    table.due_probe(name, after(time)).await
}

async fn report(table: &Table, probe: &DueProbe, success: bool, time: i64) -> ProbeOutcome {
    table.store.report_probe(probe, success, &table.policy, after(time), 0.0).await.expect("reported")
}

async fn route(table: &Table, name: &Name) -> Option<String> {
    table.routes().await.get(name).map(|route| route.uri.to_string())
}

#[tokio::test]
async fn route_stays_until_the_new_address_has_passed_its_probes() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let old = route(&table, &tax).await.expect("routed");
    let failing = [batch("chatbot", 1, 12, true, after(1)), batch("dmr:narva", 1, 9, true, after(1))];
    table.store.observe(&tax, &failing, &table.policy, after(1), 0.0).await.expect("observed");

    let moving = relocate(&table, &tax, NEW, 2).await;
    assert_eq!((moving.uri.to_string(), moving.pending_uri.expect("pending").to_string()), (old.clone(), NEW.into()));
    assert_eq!((table.revision().await, route(&table, &tax).await), (1, Some(old.clone())));
    assert_eq!(table.due(Lane::Recovery, after(2)).await, [DueItem::Chatbot(tax.clone())], "due at once");

    let first = due_probe(&table, &tax, 2).await.expect("due");
    assert_eq!(first.uri().as_str(), NEW);
    assert_eq!(report(&table, &first, false, 3).await, ProbeOutcome::StaysPending);
    assert_eq!((table.revision().await, route(&table, &tax).await), (1, Some(old)));
    assert!(due_probe(&table, &tax, 62).await.is_none(), "one failed probe: a minute");
    let second = due_probe(&table, &tax, 63).await.expect("due");
    assert_eq!(report(&table, &second, true, 64).await, ProbeOutcome::Moved);

    let moved = table.store.chatbot(&tax).await.expect("there").value;
    assert_eq!((moved.uri.as_str(), moved.pending_uri, moved.status), (NEW, None, Status::Online));
    assert_eq!((table.revision().await, route(&table, &tax).await.as_deref()), (2, Some(NEW)));
    let last = table.events().await.pop().expect("an event");
    assert!(matches!(&last.kind, EventKind::ChatbotMoved { uri, .. } if uri.as_str() == NEW) && last.quiet, "{last:?}");

    // What observers saw of the old address no longer counts, however late it arrives.
    let late = [batch("chatbot", 2, 12, true, after(63)), batch("dmr:narva", 2, 12, true, after(63))];
    let observed = table.store.observe(&tax, &late, &table.policy, after(65), 0.0).await.expect("observed");
    assert_eq!((observed.summary.counted, observed.summary.late), (0, 24));
    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Online);
}

#[tokio::test]
async fn second_change_replaces_the_pending_address() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    relocate(&table, &tax, NEW, 1).await;
    let of_first = due_probe(&table, &tax, 1).await.expect("due");
    relocate(&table, &tax, OTHER, 2).await;
    assert_eq!(report(&table, &of_first, true, 3).await, ProbeOutcome::Stale, "it probed the first one");
    let of_second = due_probe(&table, &tax, 3).await.expect("due at once");
    assert_eq!(of_second.uri().as_str(), OTHER);
    assert_eq!(report(&table, &of_second, true, 4).await, ProbeOutcome::Moved);
    assert_eq!(route(&table, &tax).await.as_deref(), Some(OTHER));
}

#[tokio::test]
async fn change_back_drops_the_pending_address() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let old = route(&table, &tax).await.expect("routed");
    relocate(&table, &tax, NEW, 1).await;
    let probe = due_probe(&table, &tax, 1).await.expect("due");
    assert_eq!(relocate(&table, &tax, &old, 2).await.pending_uri, None);
    assert_eq!(report(&table, &probe, true, 3).await, ProbeOutcome::Stale);
    assert!(table.due(Lane::Recovery, after(9999)).await.is_empty());
    assert_eq!((table.revision().await, route(&table, &tax).await), (1, Some(old)));
}

#[tokio::test]
async fn chatbot_that_is_not_routed_has_its_new_address_at_once_and_fresh_backoff() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(5), 0.0).await.expect("observed");
    assert_eq!(table.probe(&tax, false, after(35)).await, ProbeOutcome::StaysOpen);
    assert_eq!(table.probe(&tax, false, after(95)).await, ProbeOutcome::StaysOpen);
    let of_old = due_probe(&table, &tax, 215).await.expect("due");
    let moved = relocate(&table, &tax, NEW, 216).await;
    assert_eq!((moved.uri.as_str(), moved.pending_uri, moved.status), (NEW, None, Status::Offline));
    assert_eq!(report(&table, &of_old, true, 217).await, ProbeOutcome::Stale, "it probed the old one");
    let of_new = due_probe(&table, &tax, 217).await.expect("due at once");
    assert_eq!(of_new.uri().as_str(), NEW);
    assert_eq!(report(&table, &of_new, false, 218).await, ProbeOutcome::StaysOpen);
    assert!(due_probe(&table, &tax, 277).await.is_none());
    assert_eq!(table.probe(&tax, true, after(278)).await, ProbeOutcome::Closed, "after a minute, not eight");
    assert_eq!(route(&table, &tax).await.as_deref(), Some(NEW));
}

#[tokio::test]
async fn ejected_chatbot_comes_back_at_the_address_that_passes_first() {
    for passes_at_old in [true, false] {
        let table = Table::new().await;
        let tax = table.online("tax", start()).await;
        let old = route(&table, &tax).await.expect("routed");
        relocate(&table, &tax, NEW, 1).await;
        table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(5), 0.0).await.expect("observed");
        assert_eq!(route(&table, &tax).await, None);
        let of_old = due_probe(&table, &tax, 35).await.expect("due");
        let of_new = due_probe(&table, &tax, 35).await.expect("due");
        assert_eq!((of_old.uri().to_string(), of_new.uri().as_str()), (old.clone(), NEW));
        if passes_at_old {
            assert_eq!(report(&table, &of_old, true, 36).await, ProbeOutcome::Closed);
            assert_eq!(route(&table, &tax).await, Some(old));
        }
        assert_eq!(report(&table, &of_new, true, 37).await, ProbeOutcome::Moved);
        assert_eq!(route(&table, &tax).await.as_deref(), Some(NEW));
    }
}

#[tokio::test]
async fn override_decides_when_the_address_changes() {
    let table = Table::new().await;
    let [held, forced] = [table.online("held", start()).await, table.online("forced", start()).await];
    for (name, mode) in [(&held, ControlMode::Hold), (&forced, ControlMode::ForceOnline)] {
        let control = Some(control(mode, Some(after(100))));
        let set = table.store.set_control(&table.audit_context(after(1)), name, control, &table.policy).await;
        set.expect("set");
        relocate(&table, name, NEW, 2).await;
    }
    assert_eq!(route(&table, &forced).await.as_deref(), Some(NEW), "its probes decide nothing");
    assert_ne!(route(&table, &held).await.as_deref(), Some(NEW));
    assert!(due_probe(&table, &held, 99).await.is_none(), "nothing changes while it is held");
    let probe = due_probe(&table, &held, 100).await.expect("due");
    assert_eq!(report(&table, &probe, true, 101).await, ProbeOutcome::Moved);
    assert_eq!(route(&table, &held).await.as_deref(), Some(NEW));
}

#[tokio::test]
async fn unknown_chatbot_is_probed_at_its_new_address() {
    let table = Table::new().await;
    let tax = name("tax");
    let enrolled = crate::support::chatbot("tax", start());
    table.store.create_chatbot(&table.audit_context(start()), enrolled).await.expect("created");
    let of_old = due_probe(&table, &tax, 0).await.expect("due");
    assert_eq!(relocate(&table, &tax, NEW, 1).await.uri.as_str(), NEW);
    assert_eq!(report(&table, &of_old, true, 2).await, ProbeOutcome::Stale);
    assert_eq!(table.probe(&tax, true, after(2)).await, ProbeOutcome::Closed);
    assert_eq!(route(&table, &tax).await.as_deref(), Some(NEW));
}
