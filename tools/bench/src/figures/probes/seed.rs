//! The chatbots that are probed, and those that report. Their items are put in batches, in the form that the store
//! writes.

use centops_domain::chatbots::{Chatbot, ChatbotType, Name, NewChatbot, Status};
use centops_domain::health::{Batch, DecisionContext, Delivery, Health, Network, Policy, engine};
use centops_domain::ingestion::{LogLevel, Observation, Observer, Sequence, Signal};
use centops_store::keys;
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::targets::{Target, name};
use crate::error::BenchError;
use crate::table::{self, Item, TableError};

/// Puts the chatbots, all Online.
///
/// # Errors
/// When the table rejects them.
pub async fn put_chatbots(table: &Table, targets: &[Target]) -> Result<(), BenchError> {
    let now = Timestamp::now();
    let item = |target: &Target| {
        let new: NewChatbot = serde_json::from_value(json!({
            "name": target.name, "uri": target.uri, "type": "institution", "institution": "bench",
            "contact": "owner@example.ee",
        }))
        .map_err(TableError::from)?;
        let chatbot = Chatbot::enrol(new, now).with_status(Status::Online, now);
        let mut item: Item = serde_dynamo::to_item(chatbot).map_err(TableError::from)?;
        table::add_key(&mut item, keys::CHATBOTS, target.name.as_str());
        Ok(item)
    };
    Ok(table::put_items(table, targets.iter().map(item).collect::<Result<_, BenchError>>()?).await?)
}

/// Puts the health of the chatbots, each with a check that is due at its offset from `start`.
///
/// # Errors
/// When the table rejects them.
pub async fn put_checks(table: &Table, targets: &[Target], start: Timestamp) -> Result<(), BenchError> {
    let policy = Policy::default();
    let enrolled = start - SignedDuration::from_hours(1);
    let item = |target: &Target| {
        let mut health = routed(&target.name, &policy, enrolled);
        let due = target.due(start);
        // Its own log alone reports failures.
        let finding = engine::fold(&mut health, &[log(1, 20, LogLevel::Error, due)], &policy, due).finding;
        engine::decide(&context(&target.name, &policy, due), &mut health, &mut Network::default(), finding);
        item(&target.name, &health, &policy)
    };
    Ok(table::put_items(table, targets.iter().map(item).collect::<Result<_, BenchError>>()?).await?)
}

/// Puts the health of `count` chatbots that report every minute, the last time at `now`. A sweep of the silence lane reads
/// each of them.
///
/// # Errors
/// When the table rejects them.
pub async fn put_heard(table: &Table, count: usize, now: Timestamp) -> Result<(), BenchError> {
    let policy = Policy::default();
    let first = name("heard")?;
    let mut health = routed(&first, &policy, now - SignedDuration::from_hours(1));
    for minute in 0..10 {
        let at = now - SignedDuration::from_mins(9 - minute);
        let sequence = u128::try_from(minute).unwrap_or_default() + 1;
        engine::fold(&mut health, &[log(sequence, 5, LogLevel::Info, at)], &policy, at);
    }
    for numbers in (0..count).collect::<Vec<_>>().chunks(10_000) {
        let items = numbers.iter().map(|number| item(&name(&format!("heard-{number:06}"))?, &health, &policy));
        table::put_items(table, items.collect::<Result<_, _>>()?).await?;
    }
    Ok(())
}

/// Returns the health of a chatbot whose first probe succeeded.
fn routed(name: &Name, policy: &Policy, at: Timestamp) -> Health {
    let mut health = Health::new(at);
    let context = context(name, policy, at);
    if let (Some(lease), _) = engine::evaluate_due(&context, &mut health) {
        engine::record_probe(&context, &mut health, &mut Network::default(), lease.id, true);
    }
    health
}

fn context<'a>(name: &'a Name, policy: &'a Policy, now: Timestamp) -> DecisionContext<'a> {
    DecisionContext { name, kind: ChatbotType::Institution, policy, now, jitter: 0.0 }
}

fn log(sequence: u128, count: usize, level: LogLevel, at: Timestamp) -> Batch {
    let observations = vec![Observation { at, signal: Signal::Log(level) }; count];
    Batch { observer: Observer::Chatbot, sequence: Sequence::from(sequence), observations, delivery: Delivery::First }
}

fn item(name: &Name, health: &Health, policy: &Policy) -> Result<Item, BenchError> {
    let mut item = centops_store::chatbots::health_attributes(name, health, policy)?;
    table::add_key(&mut item, &format!("HEALTH#{name}"), "HEALTH");
    Ok(item)
}
