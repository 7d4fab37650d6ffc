//! Health on a real table: what is saved together, what it costs, and that nothing is lost or doubled.

use std::collections::BTreeMap;

use crate::table::{Table, after, batch, chatbot, name, outage, start};
use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Name, Status},
    health::{Control, ControlMode, Minute, ProbeOutcome, StateCounts},
    ingestion::{CodeClass, LogLevel, Observer},
};
use centops_store::{StoreError, health::Due};
use jiff::{SignedDuration, Timestamp};

#[tokio::test]
async fn an_outage_opens_the_circuit_once_and_tells_it() {
    let table = Table::new().await;
    let (tax, police) = (table.online("tax", start()).await, table.online("police", start()).await);
    let observed =
        table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(6), 0.0).await.expect("observed");
    assert_eq!((observed.events.len(), observed.summary.counted), (1, 40));
    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Offline);
    assert_eq!(table.routes().await.into_keys().collect::<Vec<_>>(), [police]);
    let again = table.store.observe(&tax, &outage(2, after(7)), &table.policy, after(7), 0.0).await.expect("observed");
    assert!(again.events.is_empty(), "it is open already");
    let offline: Vec<_> = table
        .events()
        .await
        .into_iter()
        .filter(|event| matches!(event.kind, EventKind::ChatbotOffline { .. }))
        .collect();
    assert_eq!(offline.len(), 1);
    let network = table.store.network().await.expect("the network").value;
    let census = StateCounts { online: 1, ejected: 1, ..StateCounts::default() };
    assert_eq!((network.revision, network.state_counts(ChatbotType::Ministry)), (3, census));
}

#[tokio::test]
async fn a_redelivered_batch_counts_once_and_costs_no_write() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let report = [batch("dmr:tallinn", 7, 3, true, after(1)), batch("dmr:tallinn", 9, 2, false, after(1))];
    table.store.observe(&tax, &report, &table.policy, after(2), 0.0).await.expect("observed");
    let before = table.store.health(&tax).await.expect("health");
    for redelivered in [&report[..], &report[..1], &report[1..]] {
        let observed = table.store.observe(&tax, redelivered, &table.policy, after(3), 0.0).await.expect("observed");
        assert_eq!(observed.summary.counted, 0);
    }
    assert_eq!(table.store.health(&tax).await.expect("health"), before);
    assert_eq!(before.value.totals(), &BTreeMap::from([(CodeClass::Success, 2), (CodeClass::Timeout, 3)]));
}

#[tokio::test]
async fn observers_at_once_lose_nothing() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let observer = async |dmr: u32| {
        for sequence in 1..=10 {
            let report = [batch(&format!("dmr:dmr-{dmr}"), sequence, 5, false, after(1))];
            // A contended report stays in the queue and comes again.
            while let Err(error) = table.store.observe(&tax, &report, &table.policy, after(2), 0.0).await {
                assert!(matches!(error, StoreError::Contended), "{error}");
            }
        }
    };
    futures::future::join_all((0..8).map(observer)).await;
    let health = table.store.health(&tax).await.expect("health").value;
    assert_eq!(health.totals(), &BTreeMap::from([(CodeClass::Success, 8 * 10 * 5)]));
}

/// Three chatbots, of which two fail: the cap lets the first go.
async fn two_of_three_fail(table: &Table) -> Vec<Name> {
    let mut names = Vec::new();
    for n in 0..3 {
        names.push(table.online(&format!("bot-{n}"), start()).await);
    }
    for name in &names[..2] {
        table.store.observe(name, &outage(1, after(5)), &table.policy, after(5), 0.0).await.expect("observed");
    }
    names
}

#[tokio::test]
async fn the_cap_holds_and_says_so_once() {
    let table = Table::new().await;
    let names = two_of_three_fail(&table).await;
    let held =
        table.store.observe(&names[1], &outage(2, after(6)), &table.policy, after(6), 0.0).await.expect("observed");
    assert!(held.events.is_empty(), "held before: nothing new");
    assert_eq!(table.store.chatbot(&names[1]).await.expect("there").value.status, Status::Online);
    let events = table.events().await;
    let count = |wanted: fn(&EventKind) -> bool| events.iter().filter(|event| wanted(&event.kind)).count();
    assert_eq!(count(|fact| matches!(fact, EventKind::ChatbotOffline { .. })), 1);
    assert_eq!(count(|fact| matches!(fact, EventKind::CapReached { .. })), 1);
}

#[tokio::test]
async fn a_removed_chatbot_gets_no_counts_and_a_new_one_none_of_the_old() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    table
        .store
        .observe(&tax, &[batch("chatbot", 1, 4, true, after(1))], &table.policy, after(1), 0.0)
        .await
        .expect("observed");
    table.store.delete_chatbot(&table.act(after(2)), &tax, None, &table.policy).await.expect("deleted");
    let late = [batch("chatbot", 2, 4, true, after(1))];
    assert!(matches!(table.store.observe(&tax, &late, &table.policy, after(3), 0.0).await, Err(StoreError::NotFound)));
    table.store.create_chatbot(&table.act(after(4)), chatbot("tax", after(4))).await.expect("created again");
    let observed = table.store.observe(&tax, &late, &table.policy, after(5), 0.0).await.expect("observed");
    assert_eq!((observed.summary.counted, observed.summary.before_enrolment), (0, 4));
    assert!(table.store.health(&tax).await.expect("health").value.levels().get(&LogLevel::Error).is_none());
}

#[tokio::test]
async fn a_probe_is_claimed_by_one_and_brings_the_chatbot_back() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    assert!(table.store.due(after(1), 10).await.expect("due").is_empty(), "a closed circuit is not due");
    table.store.observe(&tax, &outage(1, after(5)), &table.policy, after(5), 0.0).await.expect("observed");
    let due = after(35);
    assert!(table.store.due(after(6), 10).await.expect("due").is_empty(), "not yet");
    assert_eq!(table.store.due(due, 10).await.expect("due"), [Due::Chatbot(tax.clone())]);

    let claims = (0..6).map(|_| table.store.evaluate_due(&tax, &table.policy, due));
    let claims: Vec<_> = futures::future::join_all(claims)
        .await
        .into_iter()
        .filter_map(|looked| looked.expect("answered").lease)
        .collect();
    assert_eq!(claims.len(), 1);
    // What observers report meanwhile changes the item, not the claim.
    table.store.observe(&tax, &[batch("chatbot", 2, 1, true, due)], &table.policy, due, 0.0).await.expect("observed");
    let report = table.store.report_probe(&tax, claims[0].id, true, &table.policy, due, 0.0);
    assert_eq!(report.await.expect("reported"), ProbeOutcome::Closed);
    let stale = table.store.report_probe(&tax, claims[0].id, false, &table.policy, due, 0.0);
    assert_eq!(stale.await.expect("reported"), ProbeOutcome::Stale);

    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Online);
    assert!(table.routes().await.contains_key(&tax));
    let last = table.events().await.pop().expect("an event");
    assert!(matches!(last.kind, EventKind::ChatbotOnline { was: Status::Offline, .. }), "{last:?}");
    let network = table.store.network().await.expect("the network").value;
    let census = StateCounts { online: 1, ..StateCounts::default() };
    assert_eq!((network.revision, network.state_counts(ChatbotType::Ministry)), (3, census));
}

#[tokio::test]
async fn a_failed_probe_waits_longer_and_an_unknown_chatbot_stays_unknown() {
    let table = Table::new().await;
    let tax = name("tax");
    table.store.create_chatbot(&table.act(start()), chatbot("tax", start())).await.expect("created");
    assert_eq!(table.probe(&tax, false, start()).await, ProbeOutcome::StaysOpen);
    assert_eq!(table.store.chatbot(&tax).await.expect("there").value.status, Status::Unknown);
    assert!(table.events().await.is_empty(), "nobody was online, nobody is told");
    assert!(table.look(&tax, after(59)).await.is_none());
    assert_eq!(table.probe(&tax, false, after(60)).await, ProbeOutcome::StaysOpen);
    assert!(table.look(&tax, after(179)).await.is_none(), "twice as long");
    assert_eq!(table.probe(&tax, true, after(180)).await, ProbeOutcome::Closed);
}

#[tokio::test]
async fn the_holding_ends_when_enough_are_back_or_removed() {
    let table = Table::new().await;
    let names = two_of_three_fail(&table).await;
    let holding = async || {
        table.store.network().await.expect("the network").value.state_counts(ChatbotType::Ministry).holding_since
    };
    assert!(holding().await.is_some());
    table.store.delete_chatbot(&table.act(after(6)), &names[0], None, &table.policy).await.expect("deleted");
    assert!(holding().await.is_none());
    let last = table.events().await.pop().expect("an event");
    assert!(matches!(last.kind, EventKind::CapReleased { kind: ChatbotType::Ministry }), "{last:?}");
    let more =
        table.store.observe(&names[1], &outage(2, after(7)), &table.policy, after(7), 0.0).await.expect("observed");
    assert!(
        matches!(more.events.as_slice(), [one] if matches!(one.event, EventKind::ChatbotOffline { .. })),
        "{more:?}"
    );
}

fn control(mode: ControlMode, until: Option<Timestamp>) -> Control {
    let mut new = serde_json::json!({"mode": mode, "reason": "maintenance"});
    if let Some(until) = until {
        new["until"] = until.to_string().into();
    }
    Control::new(serde_json::from_value(new).expect("a good control"), "EE30303039914".into(), after(5))
}

#[tokio::test]
async fn an_administrator_forces_a_status_and_the_engine_resumes_after_it() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    let offline = control(ControlMode::ForceOffline, Some(after(100)));
    let health =
        table.store.set_control(&table.act(after(5)), &tax, Some(offline), &table.policy).await.expect("forced");
    assert_eq!(health.routing_state().status(), Status::Offline);
    assert!(table.routes().await.is_empty());
    assert!(table.look(&tax, after(99)).await.is_none(), "nothing changes by itself");
    assert_eq!(table.store.due(after(99), 9).await.expect("due"), []);
    assert_eq!(table.store.due(after(100), 9).await.expect("due"), [Due::Chatbot(tax.clone())]);
    assert_eq!(table.probe(&tax, true, after(100)).await, ProbeOutcome::Closed);
    assert!(table.routes().await.contains_key(&tax));

    let hold = control(ControlMode::Hold, None);
    table.store.set_control(&table.act(after(110)), &tax, Some(hold), &table.policy).await.expect("held");
    table.store.observe(&tax, &outage(1, after(111)), &table.policy, after(111), 0.0).await.expect("observed");
    assert!(table.routes().await.contains_key(&tax), "it is held");
    table.store.set_control(&table.act(after(112)), &tax, None, &table.policy).await.expect("released");
    let more = [batch("dmr:tallinn", 2, 1, true, after(113))];
    table.store.observe(&tax, &more, &table.policy, after(113), 0.0).await.expect("observed");
    assert!(table.routes().await.is_empty(), "what was seen meanwhile counts");
    let told: Vec<_> = table.events().await.into_iter().filter(|event| !event.quiet).collect();
    assert_eq!(told.len(), 4, "online, offline, online, offline: {told:?}");
}

#[tokio::test]
async fn a_minute_is_in_the_history_once_it_is_over() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    for second in 0..300_i64 {
        let report = [batch("dmr:tallinn", u128::from(second.unsigned_abs()) + 1, 2, false, after(second))];
        table.store.observe(&tax, &report, &table.policy, after(second), 0.0).await.expect("observed");
    }
    let first = start().as_second().div_euclid(60);
    let kept = table.store.history(&tax, start(), first, first + 10).await.expect("history");
    let mut whole = table.store.health(&tax).await.expect("health").value.minutes().kept().clone();
    assert!(whole.len() <= 3 && kept.len() >= 3, "{} and {}", whole.len(), kept.len());
    whole.extend(kept.clone());
    assert_eq!(whole.values().map(Minute::total).sum::<u32>(), 600);
    assert_eq!(kept[&(first + 1)].total(), 120);
    assert_eq!(kept[&(first + 1)].latency_percentile(99).expect("measured"), 22, "the bound above 20 ms");
    assert!(table.store.history(&tax, after(1), first, first + 10).await.expect("history").is_empty(), "another's");
}

#[tokio::test]
async fn a_dmr_that_reports_nonsense_about_all_is_named_once() {
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
    let is_it = |event: &centops_domain::alerts::Event| matches!(&event.kind, EventKind::ObserverOutlier { observer, .. } if *observer == tallinn);
    let outliers: Vec<_> = table.events().await.into_iter().filter(is_it).collect();
    assert_eq!((outliers.len(), outliers.iter().filter(|event| !event.quiet).count()), (4, 1));
    // Where they disagree we look ourselves, and a chatbot that does not answer us is taken out.
    assert_eq!(table.store.due(after(5), 9).await.expect("due").len(), 4);
    assert_eq!(table.probe(&names[0], true, after(6)).await, ProbeOutcome::StaysClosed);
    assert_eq!(table.probe(&names[1], false, after(6)).await, ProbeOutcome::Opened);
    assert_eq!(table.routes().await.len(), 3);
}

#[tokio::test]
async fn silence_is_noticed_and_probed_not_condemned() {
    let table = Table::new().await;
    let tax = table.online("tax", start()).await;
    for time in 1..=6_i64 {
        let report = [batch("chatbot", u128::from(time.unsigned_abs()), 1, false, after(time * 600))];
        table.store.observe(&tax, &report, &table.policy, after(time * 600), 0.0).await.expect("observed");
        table.store.record_report(&name("tallinn"), &table.policy, after(time * 600)).await.expect("heard");
    }
    // The look that was planned when the rhythm was known finds nothing, and plans the next.
    let (silent, early) = (after(3600 + 1200 - 60), after(3600 + 1200 - 61));
    let look = async |at| table.look(&tax, at).await;
    assert!(look(early).await.is_none());
    assert_eq!(table.store.due(early, 9).await.expect("due"), []);
    let due = table.store.due(silent, 9).await.expect("due");
    assert!(due.contains(&Due::Chatbot(tax.clone())) && due.contains(&Due::Dmr(name("tallinn"))), "{due:?}");
    assert_eq!(table.probe(&tax, true, silent).await, ProbeOutcome::StaysClosed);
    assert!(table.store.flag_silent_dmr(&name("tallinn"), &table.policy, silent).await.expect("noticed"));
    assert!(!table.store.flag_silent_dmr(&name("tallinn"), &table.policy, silent).await.expect("noticed"), "once");
    assert_eq!(table.store.due(silent + SignedDuration::from_hours(9), 9).await.expect("due"), []);
    assert!(table.routes().await.contains_key(&tax));
    let events = table.events().await;
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::ObserverSilent { .. }) && event.quiet));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::DmrSilent { .. }) && !event.quiet));
}

#[tokio::test]
async fn the_policy_is_one_document_with_a_version() {
    let table = Table::new().await;
    assert_eq!(table.store.policy().await.expect("read").version, 0, "the defaults");
    let strict =
        serde_json::json!({"defaults": table.policy.defaults(), "chatbots": {"tax": {"rate": {"minimum": 1}}}});
    let strict = serde_json::from_value(strict).expect("a good policy");
    assert_eq!(table.store.put_policy(&table.act(start()), &strict, Some(0)).await.expect("put"), 1);
    assert!(matches!(
        table.store.put_policy(&table.act(start()), &table.policy, Some(0)).await,
        Err(StoreError::Changed)
    ));
    assert_eq!(table.store.policy().await.expect("read").value, strict);
    assert_eq!(table.store.put_policy(&table.act(start()), &table.policy, None).await.expect("put"), 2);
}

#[tokio::test]
async fn who_asks_for_no_version_of_the_policy_is_not_told_that_it_changed() {
    let table = Table::new().await;
    let acts: Vec<_> = (0..8).map(|second| table.act(after(second))).collect();
    let puts = acts.iter().map(|act| table.store.put_policy(act, &table.policy, None));
    let versions: Result<Vec<_>, _> = futures::future::join_all(puts).await.into_iter().collect();
    let mut versions = versions.expect("put");
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7, 8]);
}
