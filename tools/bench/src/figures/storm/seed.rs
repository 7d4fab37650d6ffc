//! The table before the storm: the chatbots, and one confirmed webhook subscription of each owner.

use centops_domain::chatbots::{Chatbot, Name, NewChatbot, Status};
use centops_domain::notifications::{Address, Channel, Coverage, SettingsChange, Subscription};
use centops_store::keys;
use centops_store::notifications::SubscribeError;
use centops_table::Table;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::plan::{Plan, chatbot_name, owner_name, owner_of};
use crate::error::BenchError;
use crate::table::{self, Item, TableError};

/// The number of concurrent writes.
const CONCURRENCY: usize = 4;

/// Returns when the chatbots were enrolled: an hour before `now`.
#[must_use]
pub fn enrolled_at(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(1)
}

/// Puts the chatbots of `plan`, enrolled at `enrolled`, and subscribes each owner with a webhook on `port` of this
/// machine.
///
/// # Errors
/// When the table rejects them.
pub async fn fill(table: &Table, plan: &Plan, port: u16, enrolled: Timestamp) -> Result<(), BenchError> {
    let items = (0..plan.chatbots()).map(|chatbot| item(chatbot, enrolled)).collect::<Result<Vec<_>, _>>()?;
    table::put_items(table, items).await?;
    let owners = stream::iter(0..plan.owners()).map(|owner| subscribe(table, owner, port, enrolled));
    owners.buffer_unordered(CONCURRENCY).try_collect::<()>().await
}

fn item(chatbot: usize, enrolled: Timestamp) -> Result<Item, BenchError> {
    let name = chatbot_name(chatbot);
    let new: NewChatbot = serde_json::from_value(json!({
        "name": name, "uri": format!("https://{name}.example.ee/messages"), "type": "institution",
        "institution": owner_name(owner_of(chatbot)), "contact": "owner@example.ee",
    }))
    .map_err(TableError::from)?;
    let chatbot = Chatbot::enrol(new, enrolled).with_status(Status::Online, enrolled);
    let mut item: Item = serde_dynamo::to_item(chatbot).map_err(TableError::from)?;
    table::add_key(&mut item, keys::CHATBOTS, &name);
    Ok(item)
}

async fn subscribe(table: &Table, owner: usize, port: u16, now: Timestamp) -> Result<(), BenchError> {
    let name = owner_name(owner);
    let address = format!("https://localhost:{port}/{name}");
    let address = Address::new(Channel::Webhook, &address).map_err(std::io::Error::other)?;
    let institution: Name = name.parse().map_err(|_| std::io::Error::other(format!("{name} is no name")))?;
    let coverage = Coverage::Institution { institution };
    let new = Subscription::new(address, coverage, SettingsChange::default(), now);
    let audit = centops_table::audit_context(&table.audit, now);
    let created = table.store.create_subscriber(&audit, new).await.map_err(store_error)?.value.subscription;
    let audit = centops_table::audit_context(&table.audit, now);
    let confirm = table.store.change_subscriber(&audit, created.id, None, |old| old.confirmed(created.generation, now));
    confirm.await.map(drop).map_err(store_error)
}

fn store_error(error: SubscribeError) -> BenchError {
    match error {
        SubscribeError::Store(error) => error.into(),
        SubscribeError::Transition(error) => std::io::Error::other(error).into(),
    }
}
