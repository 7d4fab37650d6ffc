//! Planned outages and their windows.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    alerts::EventKind,
    notifications::Enrolment,
    outages::{Covered, OutageChange, OutageId, OutageState, PlannedOutage, PlannedOutageRequest, Window},
};
use centops_store::{
    StoreError, Versioned,
    outages::{OutageError, OutageFilter, OutagePosition},
};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, chatbot, name, start};

/// Returns a time that many hours after the first full minute.
fn hours(hours: i64) -> Timestamp {
    start() + SignedDuration::from_secs(40) + SignedDuration::from_hours(hours)
}

fn window(begins: i64, ends: i64) -> Window {
    Window {
        outage: OutageId::new(start(), &[7; 10]),
        chatbots: Covered::All,
        start: hours(begins),
        end: hours(ends),
        planned_end: hours(ends),
        confirmed_at: start(),
        early_end: None,
    }
}

async fn put(table: &Table, institution: &str, window: &Window) {
    let text = |text: String| AttributeValue::S(text);
    let put = table.client.put_item().table_name(centops_table::NAME);
    let put = put
        .item("pk", text(format!("WINDOWS#{institution}")))
        .item("sk", text(format!("{:.9}#{}", window.start, window.outage)))
        .item("document", text(serde_json::to_string(window).expect("json")));
    put.send().await.expect("put");
}

#[tokio::test]
async fn windows_are_those_that_overlap_the_time_by_their_start() {
    let table = Table::new().await;
    let (longest, ended, one, other, later) =
        (window(-47, 1), window(-47, 0), window(2, 4), window(5, 6), window(10, 11));
    for one in [&later, &other, &one, &longest] {
        put(&table, "tax-board", one).await;
    }
    put(&table, "police", &ended).await;
    let windows = async |institution: &str, from, to| {
        table.store.outage_windows(&name(institution), hours(from), hours(to)).await.expect("windows")
    };
    assert_eq!(windows("tax-board", 0, 10).await, [longest.clone(), one.clone(), other.clone()]);
    assert_eq!(windows("tax-board", 3, 5).await, [one]);
    assert_eq!(windows("tax-board", 1, 2).await, [], "neither the end nor the start is in it");
    assert_eq!(windows("tax-board", 5, 11).await, [other, later]);
    assert_eq!(windows("police", 0, 10).await, []);
}

fn request(rule: &serde_json::Value) -> PlannedOutageRequest {
    let request = serde_json::json!({"institution": "tax-board", "rule": rule, "reason": "database upgrade"});
    serde_json::from_value(request).expect("a request")
}

/// Returns a rule of the first hour `begins` hours after the start, each week.
fn weekly(begins: i64) -> serde_json::Value {
    let local = jiff::tz::TimeZone::UTC.to_datetime(hours(begins));
    let weekday = format!("{:?}", local.weekday()).to_lowercase();
    serde_json::json!({
        "start": local.to_string(), "zone": "UTC", "minutes": 60,
        "repeat": {"weekly": {"every": 1, "weekdays": [weekday]}},
    })
}

fn id(number: u8) -> OutageId {
    OutageId::new(start() + SignedDuration::from_millis(number.into()), &[number; 10])
}

async fn create(table: &Table, number: u8, rule: &serde_json::Value) -> Versioned<PlannedOutage> {
    let (outage, reported) =
        PlannedOutage::new(&request(rule), id(number), Covered::All, true, start()).expect("a good request");
    table.store.create_planned_outage(&table.audit_context(start()), outage, reported).await.expect("created")
}

async fn windows(table: &Table) -> Vec<Window> {
    table.store.outage_windows(&name("tax-board"), start(), hours(100 * 24)).await.expect("windows")
}

/// Returns the changes of planned outages that were reported, in order.
async fn reported(table: &Table) -> Vec<OutageChange> {
    let events = table.events().await.into_iter().filter_map(|event| match event.kind {
        EventKind::PlannedOutage { change, .. } => Some(change),
        _ => None,
    });
    events.collect()
}

#[tokio::test]
async fn confirmed_outage_has_its_windows_event_and_record_at_once() {
    let table = Table::new().await;
    let created = create(&table, 1, &weekly(48)).await;
    assert_eq!(windows(&table).await, created.value.windows().collect::<Vec<_>>());
    assert_eq!(windows(&table).await.len(), 9, "of 60 days");
    assert_eq!(reported(&table).await, [OutageChange::Confirmed]);
    assert_eq!(table.trail().await.len(), 1);
    let read = table.store.planned_outage(created.value.id, start()).await.expect("read");
    assert_eq!(read, created);
    let unknown = table.store.planned_outage(id(2), start()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn change_replaces_the_windows_that_have_not_begun() {
    let table = Table::new().await;
    let created = create(&table, 1, &weekly(48)).await;
    let later = serde_json::from_value(serde_json::json!({ "rule": weekly(72) })).expect("an update");
    let change = |old: &PlannedOutage| old.updated(&later, None, true, hours(1));
    let audit = table.audit_context(hours(1));
    let stale = table.store.change_planned_outage(&audit, id(1), Some(created.version + 1), change).await;
    assert!(matches!(stale, Err(OutageError::Store(StoreError::Changed))));
    let changed =
        table.store.change_planned_outage(&audit, id(1), Some(created.version), change).await.expect("changed");
    assert_eq!(windows(&table).await, changed.value.windows().collect::<Vec<_>>());
    assert_eq!(windows(&table).await[0].start, hours(72));
    assert_eq!(reported(&table).await, [OutageChange::Confirmed; 2]);
    let cancel = |old: &PlannedOutage| old.cancelled(hours(2));
    table.store.change_planned_outage(&table.audit_context(hours(2)), id(1), None, cancel).await.expect("cancelled");
    assert_eq!(windows(&table).await, []);
    assert_eq!(reported(&table).await.last(), Some(&OutageChange::Cancelled));
    assert_eq!(table.trail().await.len(), 3);
}

#[tokio::test]
async fn step_is_written_once_by_whoever_is_first() {
    let table = Table::new().await;
    let created = create(&table, 1, &weekly(48)).await;
    let now = hours(36);
    assert_eq!(table.store.due_outages(hours(23), 10).await.expect("due"), []);
    assert_eq!(table.store.due_outages(now, 10).await.expect("due"), [(name("tax-board"), id(1))]);
    let advance = || table.store.advance_planned_outage(&created, false, now);
    let (one, other) = futures::future::join(advance(), advance()).await;
    let (one, other) = (one.expect("no error"), other.expect("no error"));
    assert_eq!(usize::from(one.is_some()) + usize::from(other.is_some()), 1);
}

#[tokio::test]
async fn window_that_has_begun_stays_after_its_outage_forgot_it() {
    let table = Table::new().await;
    let mut outage = create(&table, 1, &weekly(48)).await;
    while let Some(due) = outage.value.due().filter(|due| *due < hours(10 * 24)) {
        outage = table.store.advance_planned_outage(&outage, false, due).await.expect("advanced").expect("by us");
    }
    assert!(outage.value.runs().iter().all(|run| run.start >= hours(9 * 24)), "forgotten");
    let all = windows(&table).await;
    assert_eq!((all[0].start, all[1].start), (hours(48), hours(9 * 24)));
    assert_eq!(all.len(), 1 + outage.value.runs().len());
    let later = serde_json::from_value(serde_json::json!({ "rule": weekly(20 * 24) })).expect("an update");
    let change = |old: &PlannedOutage| old.updated(&later, None, true, hours(10 * 24));
    let audit = table.audit_context(hours(10 * 24));
    table.store.change_planned_outage(&audit, id(1), None, change).await.expect("changed");
    let starts: Vec<_> = windows(&table).await.iter().map(|window| window.start).collect();
    assert_eq!(starts[..3], [48, 9 * 24, 20 * 24].map(hours), "only those that have not begun are replaced");
}

#[tokio::test]
async fn list_is_filtered_by_institution_state_and_time() {
    let table = Table::new().await;
    create(&table, 1, &weekly(48)).await;
    let once = |begins: i64| {
        let local = jiff::tz::TimeZone::UTC.to_datetime(hours(begins));
        serde_json::json!({"start": local.to_string(), "zone": "UTC", "minutes": 60})
    };
    create(&table, 2, &once(24)).await;
    create(&table, 3, &once(30)).await;
    let cancel = |old: &PlannedOutage| old.cancelled(start());
    table.store.change_planned_outage(&table.audit_context(start()), id(3), None, cancel).await.expect("cancelled");
    let list = async |filter: OutageFilter, from: Option<&OutagePosition>, limit| {
        let page = table.store.planned_outages(&filter, from, limit, start()).await.expect("a page");
        (page.items.iter().map(|outage| outage.id).collect::<Vec<_>>(), page.next)
    };
    let all = OutageFilter::default();
    assert_eq!(list(all.clone(), None, 10).await, ([1, 2, 3].map(id).to_vec(), None));
    let (first, next) = list(all.clone(), None, 2).await;
    let next: OutagePosition = next.expect("more").to_string().parse().expect("a position");
    assert_eq!((first.len(), list(all.clone(), Some(&next), 2).await), (2, (vec![id(3)], None)));
    let of = |names: &[&str]| OutageFilter {
        institutions: Some(names.iter().map(|one| name(one)).collect()),
        ..all.clone()
    };
    assert_eq!(list(of(&["police"]), None, 10).await, (vec![], None));
    assert_eq!(list(of(&["police", "tax-board"]), None, 10).await.0.len(), 3);
    let cancelled = OutageFilter { state: Some(OutageState::Cancelled), ..all.clone() };
    assert_eq!(list(cancelled, None, 10).await.0, [id(3)]);
    let soon = OutageFilter { from: Some(hours(20)), to: Some(hours(40)), ..all.clone() };
    assert_eq!(list(soon, None, 10).await.0, [id(2)]);
    let later = OutageFilter { from: Some(hours(30 * 24)), ..all };
    assert_eq!(list(later, None, 10).await.0, [id(1)]);
}

#[tokio::test]
async fn fifty_first_open_outage_is_refused_until_one_is_over() {
    let table = Table::new().await;
    for number in 0..50 {
        create(&table, number, &weekly(24)).await;
    }
    let new =
        || PlannedOutage::new(&request(&weekly(24)), id(50), Covered::All, true, start()).expect("a good request").0;
    let refused = table.store.create_planned_outage(&table.audit_context(start()), new(), None).await;
    assert!(matches!(refused, Err(OutageError::TooMany)));
    let cancel = |old: &PlannedOutage| old.cancelled(start());
    table.store.change_planned_outage(&table.audit_context(start()), id(7), None, cancel).await.expect("cancelled");
    table.store.create_planned_outage(&table.audit_context(start()), new(), None).await.expect("created");
}

#[tokio::test]
async fn covered_chatbots_are_those_of_the_institution_and_enrolment() {
    let table = Table::new().await;
    for one in ["tax", "customs"] {
        table.store.create_chatbot(&table.audit_context(start()), chatbot(one, start())).await.expect("created");
    }
    let covered = async |institution: &str, covered: &Covered| {
        let chatbots = table.store.covered_chatbots(&name(institution), covered).await.expect("chatbots");
        chatbots.into_iter().map(|chatbot| chatbot.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(covered("tax-board", &Covered::All).await, ["customs", "tax"]);
    assert_eq!(covered("police", &Covered::All).await, [""; 0]);
    let chosen = |enrolled_at: Timestamp| Covered::Chosen([Enrolment { name: name("tax"), enrolled_at }].into());
    assert_eq!(covered("tax-board", &chosen(start())).await, ["tax"]);
    assert_eq!(covered("tax-board", &chosen(hours(-1))).await, [""; 0], "another enrolment");
    assert_eq!(covered("police", &chosen(start())).await, [""; 0], "another institution");
}
