//! Consumed capacity of reports, as the table reports it. contract/cost declares it.

use centops_domain::{
    health::{Batch, DaySummary, Delivery, PolicyDocument},
    ingestion::{Observation, Observer, Signal, StatusCode},
    notifications::{Coverage, Zone},
    reports::ReportPeriod,
};
use centops_store::reports::DaysProgress;
use centops_table::{
    Table, declared,
    meter::{Meter, Units},
};
use jiff::SignedDuration;
use serde_json::json;

use super::{
    sending::{Queue, monday, sender, tax_due},
    table::{enrol, fail, hours, name, start, subscribe, table_of},
};
use crate::{schedule_reports::ScheduleReports, send_reports::Sent};

/// Returns a metered table whose institution has `chatbots` chatbots, none of which reported components.
async fn metered(chatbots: usize) -> (Table, Meter) {
    let table = Table::start().await.expect("a table");
    let (meter, client) = Meter::of(&table.client);
    let table = table_of(Table::with(client, table.address)).await;
    for number in 1..chatbots {
        enrol(&table, &format!("bot-{number}"), "tax-board").await;
    }
    let done = DaySummary::day_of(hours(24 * 7)).yesterday().ok();
    table.store.put_days_progress(&DaysProgress { done, position: None }).await.expect("stored");
    let _ = meter.take();
    (table, meter)
}

/// Returns the cost of the report about the week after the start.
async fn report(table: &Table, meter: &Meter) -> Units {
    let _ = meter.take();
    let (id, zone) = (name("tax-board"), Zone::default());
    let coverage = Coverage::Institution { institution: id.clone() };
    let period = ReportPeriod::last_week(hours(24 * 8 + 2), zone).expect("a period");
    table.store.institution_facts(&id, &coverage, period, zone, hours(24 * 8 + 2)).await.expect("facts");
    meter.take()
}

#[tokio::test]
async fn report_costs_the_same_for_each_chatbot_and_incident() {
    let (one, meter) = metered(1).await;
    assert_eq!(report(&one, &meter).await, declared::get_report(1.0, 0.0, 0.0));
    let (ten, meter) = metered(10).await;
    assert_eq!(report(&ten, &meter).await, declared::get_report(10.0, 0.0, 0.0));
    fail(&ten, "tax", hours(24)).await;
    assert_eq!(report(&ten, &meter).await, declared::get_report(10.0, 0.0, 1.0));
}

#[tokio::test]
async fn report_by_mail_costs_its_message_too() {
    let (table, meter) = metered(10).await;
    let tax = subscribe(&table, "a@example.ee", Some("tax-board"), json!({})).await;
    let (queue, due) = (Queue::default(), tax_due(&tax));
    let sender = sender(&table, &queue);
    let _ = meter.take();
    assert_eq!(sender.send(&due, monday()).await.expect("made"), Sent::Opened);
    assert_eq!(meter.take(), declared::send_reports(10.0, 0.0, 0.0));
    assert_eq!(sender.send(&due, monday()).await.expect("again"), Sent::Before);
    assert_eq!(meter.take(), declared::SEND_REPORTS_AGAIN);
}

#[tokio::test]
async fn summary_of_a_day_costs_its_minutes() {
    let (table, meter) = metered(1).await;
    let status = StatusCode::try_from(200).expect("a status code");
    for minute in 0..60 {
        let at = hours(1) + SignedDuration::from_mins(minute);
        let observations = vec![Observation { at, signal: Signal::Code { result: Ok(status), millis: Some(120) } }; 3];
        let observer = Observer::try_from("dmr:tallinn".to_owned()).expect("an observer");
        let sequence = u128::try_from(minute + 1).expect("a number").into();
        let batch = Batch { observer, sequence, observations, delivery: Delivery::First };
        table.store.observe(&name("tax"), &[batch], &PolicyDocument::default(), at, 0.0).await.expect("observed");
    }
    let chatbot = table.store.chatbot(&name("tax")).await.expect("a chatbot").value;
    let _ = meter.take();
    table.store.summarise_day(&chatbot, DaySummary::day_of(start())).await.expect("summarised");
    assert_eq!(meter.take(), declared::summarise_history_hours(1.0));
}

#[tokio::test]
async fn run_of_the_schedule_costs_a_unit_while_no_report_can_be_due() {
    let (table, meter) = metered(1).await;
    let schedule = ScheduleReports { store: table.store.clone(), reports: Queue::default().client() };
    schedule.hand_out(hours(0)).await.expect("the first run");
    let _ = meter.take();
    assert_eq!(schedule.hand_out(hours(1)).await.expect("Sunday"), 0);
    assert_eq!(meter.take(), declared::SCHEDULE_REPORTS);
}
