//! The life of one outage through the operations and the function of the minute: twice each minute, and with a crash after
//! each step.

use std::collections::HashMap;

use centops_api::{Call, Json, NoBody, Operation};
use centops_domain::{
    alerts::EventKind,
    callers::{Person, Role},
    chatbots::{Chatbot, Name, Status},
    health::{Control, ControlMode, Lane},
    outages::{EarlyEnd, OutageChange, OutageId, OutageState, Window},
};
use centops_store::{Store, health::DueItem};
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Body, Request, RequestExt};
use serde_json::{Value, json};

use super::world::{at, events, request, run};
use crate::{
    cancel_planned_outage::CancelPlannedOutage, confirm_planned_outage::ConfirmPlannedOutage,
    create_planned_outage::CreatePlannedOutage, update_planned_outage::UpdatePlannedOutage,
};

const START: &str = "2027-03-02T20:00:00Z";
/// No run takes as many steps.
const MOST_STEPS: usize = 400;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn start() -> Timestamp {
    at(START)
}

fn owner() -> Person {
    let institution: Name = "tax-board".parse().expect("a name");
    Person { subject: "EE1".to_owned(), roles: [Role::Owner].into(), institutions: [institution].into() }
}

fn operator() -> Person {
    Person { subject: "EE2".to_owned(), roles: [Role::Operator].into(), institutions: [].into() }
}

/// Calls `O` at `now`. Returns the status and the body.
async fn call<O>(table: &Table, person: Person, body: O::Body, id: Option<OutageId>, now: Timestamp) -> (u16, Value)
where
    O: Operation<Caller = Person, State = Store>,
{
    let path: HashMap<_, _> = id.iter().map(|id| ("outage".to_owned(), vec![id.to_string()])).collect();
    let request = Request::new(Body::Empty).with_path_parameters(path);
    let context = centops_table::audit_context(&table.audit, now);
    match O::call(&table.store, Call::new(person, body, context, &request)).await {
        Ok(response) => {
            let body = match response.body() {
                Body::Text(text) => serde_json::from_str(text).expect("JSON"),
                _ => Value::Null,
            };
            (response.status().as_u16(), body)
        }
        Err(problem) => (problem.status().as_u16(), Value::Null),
    }
}

/// Requests an outage of an hour, which begins at [`START`], at `now`. Returns its id and state.
async fn create(table: &Table, person: Person, take_out: bool, now: Timestamp) -> (OutageId, String) {
    let rule = json!({"start": "2027-03-02T20:00:00", "zone": "UTC", "minutes": 60});
    let body = Json(request(&rule, take_out));
    let (status, created) = call::<CreatePlannedOutage>(table, person, body, None, now).await;
    assert_eq!(status, 201, "{created}");
    let id = serde_json::from_value(created["id"].clone()).expect("an id");
    (id, created["state"].as_str().expect("a state").to_owned())
}

async fn enrol(table: &Table, name: &str, now: Timestamp) -> Name {
    let new = json!({
        "name": name, "uri": format!("https://{name}.example.ee/"), "type": "ministry", "institution": "tax-board",
        "contact": "owner@example.ee", "versions": {},
    });
    let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
    let (name, audit) = (chatbot.name.clone(), centops_table::audit_context(&table.audit, now));
    table.store.create_chatbot(&audit, chatbot).await.expect("created");
    name
}

/// Returns the changes that were reported, with their minutes from [`START`], in order of time.
async fn reported(table: &Table) -> Vec<(OutageChange, i64)> {
    let mut all: Vec<_> = Vec::new();
    for event in events(table).await {
        if let EventKind::PlannedOutage { change, .. } = event.kind {
            all.push((event.at, change));
        }
    }
    all.sort_unstable();
    all.into_iter().map(|(at, change)| (change, at.duration_since(start()).as_secs().div_euclid(60))).collect()
}

/// Runs the function twice at second 13 of each of these minutes from [`START`]. Minutes in which nothing is due change
/// nothing.
async fn run_twice(table: &Table, minutes: impl IntoIterator<Item = i64>) {
    for minute in minutes {
        let now = start() + SignedDuration::from_mins(minute) + SignedDuration::from_secs(13);
        let both = tokio::join!(run(table, now, usize::MAX), run(table, now, usize::MAX));
        assert_eq!(both, (true, true));
    }
}

async fn state(table: &Table, id: OutageId, now: Timestamp) -> OutageState {
    table.store.planned_outage(id, now).await.expect("read").value.state(now)
}

async fn windows(table: &Table) -> Vec<Window> {
    let institution = "tax-board".parse().expect("a name");
    table.store.outage_windows(&institution, start(), start() + minutes(60)).await.expect("read")
}

/// Returns whether a manual control holds at `now`. The prober ends one whose time is over.
async fn is_controlled(table: &Table, name: &Name, now: Timestamp) -> bool {
    let health = table.store.health(name).await.expect("health").value;
    health.control().is_some_and(|control| !control.has_ended(now))
}

#[tokio::test]
async fn request_a_day_ahead_is_confirmed_and_takes_place_by_itself() {
    use OutageChange::{Completed, Confirmed, Ending, Reminder, Started};
    let table = Table::start().await.expect("a table");
    let (id, first) = create(&table, owner(), false, start() - minutes(24 * 60)).await;
    assert_eq!(first, "confirmed");
    run_twice(&table, (-24 * 60..-12 * 60 - 1).step_by(60)).await;
    run_twice(&table, (-12 * 60 - 1..-12 * 60 + 2).chain(-121..-118).chain(-2..3)).await;
    assert_eq!(state(&table, id, start() + minutes(2)).await, OutageState::InProgress);
    run_twice(&table, (48..53).chain(58..67)).await;
    assert_eq!(state(&table, id, start() + minutes(66)).await, OutageState::Completed);
    let steps = [(Reminder, -720), (Reminder, -120), (Started, 0), (Ending, 50), (Completed, 60)];
    let expected: Vec<_> = [(Confirmed, -1440)].into_iter().chain(steps).collect();
    assert_eq!(reported(&table).await, expected);
}

/// Case 29.
#[tokio::test]
async fn confirmed_an_hour_before_has_no_reminders_and_its_cancellation_is_reported_once() {
    let table = Table::start().await.expect("a table");
    let (id, first) = create(&table, owner(), false, start() - minutes(300)).await;
    assert_eq!(first, "requested");
    run_twice(&table, [-299, -121, -119, -61]).await;
    let confirmed = call::<ConfirmPlannedOutage>(&table, operator(), NoBody, Some(id), start() - minutes(60)).await;
    assert_eq!((confirmed.0, &confirmed.1["state"]), (200, &json!("confirmed")));
    assert_eq!(windows(&table).await.len(), 1);
    run_twice(&table, -60..-10).await;
    for minute in [-10, -9] {
        let cancelled = call::<CancelPlannedOutage>(&table, owner(), NoBody, Some(id), start() + minutes(minute)).await;
        assert_eq!(cancelled.0, 204);
    }
    run_twice(&table, -10..70).await;
    assert_eq!(reported(&table).await, [(OutageChange::Confirmed, -60), (OutageChange::Cancelled, -10)]);
    assert_eq!(windows(&table).await, [], "alerts are live");
}

#[tokio::test]
async fn outage_that_is_extended_and_not_over_at_its_end_overruns() {
    use OutageChange::{Confirmed, Ending, Overrun, Started};
    let table = Table::start().await.expect("a table");
    let before = start() - minutes(30);
    let name = enrol(&table, "tax", before).await;
    let (id, _) = create(&table, operator(), false, before).await;
    let policies = table.store.policy().await.expect("policies").value;
    let out = serde_json::from_value(json!({"mode": "force-offline", "reason": "work"})).expect("a control");
    let out = Control::new(out, "EE1".to_owned(), before);
    let audit = centops_table::audit_context(&table.audit, before);
    table.store.set_control(&audit, &name, Some(out), &policies).await.expect("set");
    run_twice(&table, 0..56).await;
    let until = json!({"until": "2027-03-02T21:30:00Z"});
    let longer = Json(serde_json::from_value(until).expect("an update"));
    let extended = call::<UpdatePlannedOutage>(&table, owner(), longer, Some(id), start() + minutes(56)).await;
    assert_eq!(extended.0, 200);
    run_twice(&table, 56..100).await;
    let expected = [(Confirmed, -30), (Started, 0), (Ending, 50), (Confirmed, 56), (Ending, 80), (Overrun, 95)];
    assert_eq!(reported(&table).await, expected);
    let last = windows(&table).await;
    assert_eq!((last[0].end, last[0].planned_end), (start() + minutes(90), start() + minutes(60)));
}

#[tokio::test]
async fn chatbot_that_was_taken_out_is_probed_at_the_end_and_the_outage_completes() {
    let table = Table::start().await.expect("a table");
    let name = enrol(&table, "tax", start() - minutes(60)).await;
    create(&table, operator(), true, start() - minutes(30)).await;
    run_twice(&table, -1..2).await;
    let control = table.store.health(&name).await.expect("health").value.control().cloned().expect("a control");
    assert_eq!((control.mode, control.has_ended(start() + minutes(59))), (ControlMode::ForceOffline, false));
    assert_eq!(table.store.chatbot(&name).await.expect("read").value.status, Status::Offline);
    run_twice(&table, 49..61).await;
    let (now, policies) = (start() + minutes(61), table.store.policy().await.expect("policies").value);
    let due = table.store.due(Lane::Recovery, now, 10).await.expect("due");
    assert!(due.iter().any(|entry| entry.item == DueItem::Chatbot(name.clone())), "{due:?}");
    let mut now = now;
    while table.store.chatbot(&name).await.expect("read").value.status != Status::Online {
        assert!(now < start() + minutes(65), "the probes bring it back within the grace");
        if let Some(probe) = table.store.evaluate_due(&name, &policies, now).await.expect("evaluated").probe {
            table.store.report_probe(&probe, true, &policies, now, 0.0).await.expect("reported");
        }
        now += SignedDuration::from_secs(5);
    }
    assert!(!is_controlled(&table, &name, now).await);
    run_twice(&table, 62..67).await;
    let last = reported(&table).await.last().copied();
    assert_eq!(last, Some((OutageChange::Completed, 65)));
}

/// The run at `minute` crashes after `steps`; the next is 20 seconds later. Returns whether it crashed.
async fn crash_at(minute: i64, steps: usize) -> bool {
    use OutageChange::{Confirmed, Ending, Overrun, Started};
    let table = Table::start().await.expect("a table");
    let name = enrol(&table, "tax", start() - minutes(60)).await;
    create(&table, operator(), true, start() - minutes(30)).await;
    let mut crashed = false;
    for one in [0, 50, 60, 65] {
        let now = start() + minutes(one);
        if one == minute {
            crashed = !run(&table, now, steps).await;
            run(&table, now + SignedDuration::from_secs(20), usize::MAX).await;
        } else {
            run(&table, now, usize::MAX).await;
        }
        let is_out = is_controlled(&table, &name, now).await;
        assert_eq!(is_out, one < 60, "crash at {minute} after {steps}, minute {one}");
    }
    let changes: Vec<_> = reported(&table).await.into_iter().map(|(change, _)| change).collect();
    assert_eq!(changes, [Confirmed, Started, Ending, Overrun], "crash at {minute} after {steps}");
    crashed
}

#[test]
fn each_step_is_taken_once_whatever_the_point_at_which_a_run_crashes() {
    for minute in [0, 60] {
        let crashed = |steps: &usize| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(Box::pin(crash_at(minute, *steps)))
        };
        let steps = (0..MOST_STEPS).take_while(crashed).count();
        assert!((5..MOST_STEPS).contains(&steps), "a run has another number of steps: {steps}");
    }
}

/// The requester cancels while the run at the start is at work: after `steps`, and before the next run. Returns whether
/// the first run crashed.
async fn cancelled_while_it_begins(steps: usize) -> bool {
    use OutageChange::{Cancelled, Confirmed, Started};
    let table = Table::start().await.expect("a table");
    let name = enrol(&table, "tax", start() - minutes(60)).await;
    let (id, _) = create(&table, operator(), true, start() - minutes(30)).await;
    let crashed = !run(&table, start(), steps).await;
    let now = start() + SignedDuration::from_secs(5);
    let cancelled = call::<CancelPlannedOutage>(&table, owner(), NoBody, Some(id), now).await;
    assert_eq!(cancelled.0, 204, "{steps}");
    run_twice(&table, 0..8).await;
    let changes: Vec<_> = reported(&table).await.into_iter().map(|(change, _)| change).collect();
    assert!(
        [vec![Confirmed, Cancelled], vec![Confirmed, Started, Cancelled]].contains(&changes),
        "{steps}: {changes:?}"
    );
    assert!(!is_controlled(&table, &name, now).await, "{steps}: nothing takes it out");
    let left = windows(&table).await;
    let is_over = |window: &Window| window.early_end == Some(EarlyEnd::Cancelled) && window.held_until() <= now;
    assert!(left.iter().all(is_over), "{steps}: {left:?}");
    assert_eq!(table.store.due_outages(start() + minutes(100_000), 10).await.expect("due"), [], "{steps}");
    crashed
}

#[test]
fn cancellation_while_it_begins_takes_nothing_out_and_is_reported_once() {
    let crashed = |steps: &usize| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(Box::pin(cancelled_while_it_begins(*steps)))
    };
    let steps = (0..MOST_STEPS).take_while(crashed).count();
    assert!((5..MOST_STEPS).contains(&steps), "a run has another number of steps: {steps}");
}
