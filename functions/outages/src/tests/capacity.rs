//! Consumed capacity of planned outages, as the table reports it. contract/cost declares it.

use centops_domain::{
    chatbots::Chatbot,
    outages::{Covered, OutageId, PlannedOutage, PlannedOutageRequest},
};
use centops_table::{
    Table, declared,
    meter::{Meter, Units, sum},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::advance_outages::Advancing;

/// The chatbots of the institution.
const CHATBOTS: u8 = 10;
/// The cost of a run with nothing due.
const IDLE: Units = declared::ADVANCE_OUTAGES;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// Returns a metered table with an institution of ten chatbots.
async fn table() -> (Table, Meter) {
    let table = Table::start().await.expect("a table");
    let (meter, client) = Meter::of(&table.client);
    let table = Table::with(client, table.address);
    for number in 0..CHATBOTS {
        let new = json!({
            "name": format!("bot-{number}"), "uri": "https://bot.example.ee/", "type": "ministry",
            "institution": "tax-board", "contact": "owner@example.ee",
        });
        let now = at("2027-01-01T12:00:00Z");
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), now);
        table.store.create_chatbot(&centops_table::audit_context(&table.audit, now), chatbot).await.expect("enrolled");
    }
    let _ = meter.take();
    (table, meter)
}

/// Returns the cost of the run at `now`, which takes `steps`.
async fn run(table: &Table, meter: &Meter, now: Timestamp, steps: usize) -> Units {
    let advancing = Advancing { store: &table.store, audit: &table.audit, run: "run", clock: || now };
    assert_eq!(advancing.all().await.expect("advanced"), (steps, 0), "{now}");
    meter.take()
}

/// Returns the cost of the creation of an outage of an hour at 20:00 on 2 March with `repeat`, and those of its steps.
async fn costs(repeat: Value) -> (Units, Vec<Units>) {
    let (table, meter) = table().await;
    let (created, start) = (at("2027-02-20T12:00:00Z"), at("2027-03-02T20:00:00Z"));
    let mut rule = json!({"start": "2027-03-02T20:00:00", "zone": "UTC", "minutes": 60});
    if !repeat.is_null() {
        rule["repeat"] = repeat;
    }
    let request = json!({"institution": "tax-board", "rule": rule, "reason": "Database upgrade"});
    let request: PlannedOutageRequest = serde_json::from_value(request).expect("a request");
    let id = OutageId::new(created, &[1; 10]);
    let (outage, reported) = PlannedOutage::new(&request, id, Covered::All, true, created).expect("a good request");
    let context = centops_table::audit_context(&table.audit, created);
    table.store.create_planned_outage(&context, outage, reported).await.expect("created");
    let of_creation = meter.take();
    let mut steps = Vec::new();
    for minutes in [-12 * 60, -2 * 60, 0, 50, 60] {
        let now = start + SignedDuration::from_mins(minutes);
        // Whatever else is due by then, such as further occurrences, is not a step of this one.
        let before = now - SignedDuration::from_secs(1);
        let advancing = Advancing { store: &table.store, audit: &table.audit, run: "run", clock: || before };
        advancing.all().await.expect("advanced");
        let _ = meter.take();
        assert_eq!(run(&table, &meter, before, 0).await, IDLE);
        steps.push(run(&table, &meter, now, 1).await);
    }
    let looked = start + SignedDuration::from_mins(65);
    assert_eq!(run(&table, &meter, looked, 0).await, IDLE, "no chatbot was out at the end");
    (of_creation, steps)
}

/// Returns the costs of the runs that remind twice, start, ask and end.
fn runs(step: Units, end: Units) -> Vec<Units> {
    [step, step, step, step, end].iter().map(|units| sum(&[IDLE, *units])).collect()
}

#[tokio::test]
async fn minute_with_nothing_due_costs_half_a_unit_for_each_shard() {
    let (table, meter) = table().await;
    assert_eq!(run(&table, &meter, at("2027-03-02T20:00:00Z"), 0).await, IDLE);
}

#[tokio::test]
async fn planned_outage_costs_the_same_at_each_step_from_its_creation_to_its_end() {
    let (created, steps) = costs(Value::Null).await;
    assert_eq!(created, declared::create_planned_outage(0.0));
    let end = declared::advance_outages_end(CHATBOTS.into());
    assert_eq!(steps, runs(declared::ADVANCE_OUTAGES_STEP, end));
}

#[tokio::test]
async fn weekly_planned_outage_costs_more_because_its_occurrences_are_a_part_of_it() {
    let (created, steps) = costs(json!({"weekly": {"every": 1, "weekdays": ["tuesday"]}})).await;
    assert_eq!(created, declared::create_planned_outage_weekly(0.0));
    let end = declared::advance_outages_weekly_end(CHATBOTS.into());
    assert_eq!(steps, runs(declared::ADVANCE_OUTAGES_WEEKLY_STEP, end));
}

#[tokio::test]
async fn occurrences_are_written_ahead_at_the_cost_of_a_step_a_day() {
    let (table, meter) = table().await;
    let created = at("2027-02-20T12:00:00Z");
    let rule = json!({"start": "2027-03-02T20:00:00", "zone": "UTC", "minutes": 60,
        "repeat": {"weekly": {"every": 1, "weekdays": ["tuesday"]}}});
    let request = json!({"institution": "tax-board", "rule": rule, "reason": "Database upgrade"});
    let request: PlannedOutageRequest = serde_json::from_value(request).expect("a request");
    let (outage, reported) =
        PlannedOutage::new(&request, OutageId::new(created, &[1; 10]), Covered::All, true, created).expect("good");
    let context = centops_table::audit_context(&table.audit, created);
    table.store.create_planned_outage(&context, outage, reported).await.expect("created");
    for day in 1..8 {
        let _ = meter.take();
        // A weekly rule has one more within 60 days.
        let added = if day == 7 { declared::ADVANCE_OUTAGES_OCCURRENCE } else { (0.0, 0.0) };
        let cost = run(&table, &meter, created + SignedDuration::from_hours(24 * day), 1).await;
        assert_eq!(cost, sum(&[IDLE, declared::ADVANCE_OUTAGES_DAY, added]), "day {day}");
    }
}
