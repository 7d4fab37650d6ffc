//! The function `summarise-history`.

use std::time::{Duration, SystemTime};

use centops_domain::{
    health::{Batch, DaySummary, Delivery, PolicyDocument},
    ingestion::{LogLevel, Observation, Observer, Signal},
};
use centops_store::reports::DaysProgress;

use super::table::{enrol, hours, name, table};
use crate::summarise_history::summarise;

/// More than a page.
const CHATBOTS: usize = 120;

#[tokio::test]
async fn every_chatbot_is_summarised_although_each_run_ends_early() {
    let table = table().await;
    for number in 0..CHATBOTS {
        let text = format!("bot-{number:03}");
        enrol(&table, &text, "tax-board").await;
        let observations = vec![Observation { at: hours(1), signal: Signal::Log(LogLevel::Info) }];
        let (observer, delivery) = (Observer::Chatbot, Delivery::First);
        let batch = Batch { observer, sequence: 1.into(), observations, delivery };
        table.store.observe(&name(&text), &[batch], &PolicyDocument::default(), hours(1), 0.0).await.expect("observed");
    }
    let (now, hurried) = (hours(24), SystemTime::now() + Duration::from_secs(1));
    let day = DaySummary::day_of(hours(1));
    let before = DaysProgress { done: day.yesterday().ok(), position: None };
    table.store.put_days_progress(&before).await.expect("stored");
    let mut days = Vec::new();
    for _ in 0..4 {
        days.push(summarise(&table.store, now, hurried).await.expect("summarised"));
    }
    assert_eq!(days, [0, 0, 1, 0], "a page in each run");
    let done = DaysProgress { done: Some(day), position: None };
    assert_eq!(table.store.days_progress().await.expect("read"), done);
    let scan = table.client.scan().table_name(centops_table::NAME);
    let scan = scan.filter_expression("begins_with(pk, :pk)");
    let pk = aws_sdk_dynamodb::types::AttributeValue::S("HISTORY_DAYS#".to_owned());
    let found = scan.expression_attribute_values(":pk", pk).send().await.expect("a scan");
    assert_eq!(found.count(), i32::try_from(CHATBOTS).expect("a small number"));
}
