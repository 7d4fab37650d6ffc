//! A chatbot and its health: their items, and both as one state.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{Health, Policy},
};

use crate::{
    Store, StoreError, Versioned, attributes, keys,
    table::{self, Item},
};

/// The state of a chatbot as it was read. The versions are the conditions of the next write.
#[derive(Clone, Debug)]
pub(crate) struct ChatbotState {
    pub(crate) chatbot: Versioned<Chatbot>,
    pub(crate) health: Versioned<Health>,
}

impl table::Packed for Health {
    const FORM: u8 = 1;
}

impl Store {
    /// Returns the chatbot `name`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist.
    pub async fn chatbot(&self, name: &Name) -> Result<Versioned<Chatbot>, StoreError> {
        let item = self.table.get(keys::chatbot(name)).await?.ok_or(StoreError::NotFound)?;
        table::from_versioned_item(item)
    }

    /// Returns the health of the chatbot `name`, strongly consistent. One read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist.
    pub async fn health(&self, name: &Name) -> Result<Versioned<Health>, StoreError> {
        let item = self.table.get(keys::health(name)).await?.ok_or(StoreError::NotFound)?;
        health_of(&item)
    }

    /// Returns the state of the chatbot `name`. Two read units.
    pub(crate) async fn chatbot_state(&self, name: &Name) -> Result<ChatbotState, StoreError> {
        // Sequential reads: the write has the condition that the health is unchanged, so the chatbot, which is read
        // after it, is no older. With concurrent reads an older status could meet a newer health, and a route that has
        // to be added or removed would seem to be so already.
        let health = self.health(name).await?;
        let chatbot = self.chatbot(name).await?;
        Ok(ChatbotState { chatbot, health })
    }
}

/// Returns the item of `chatbot` with `version`.
pub(crate) fn chatbot_item(chatbot: &Chatbot, version: i64) -> Result<Item, StoreError> {
    table::to_versioned_item(keys::chatbot(&chatbot.name), chatbot, version)
}

/// Returns the item of `health` with `version`. It is in the index of due items while the prober has to evaluate it.
pub(crate) fn health_item(name: &Name, health: &Health, version: i64, policy: &Policy) -> Result<Item, StoreError> {
    let mut item = health_attributes(name, health, policy)?;
    item.extend(keys::health(name));
    item.insert(attributes::VERSION.to_owned(), table::number(version));
    Ok(item)
}

/// Returns the attributes of the item of `health`, without its key and version.
///
/// # Errors
/// When the health has no stored form.
pub fn health_attributes(
    name: &Name,
    health: &Health,
    policy: &Policy,
) -> Result<HashMap<String, AttributeValue>, StoreError> {
    let mut item = HashMap::new();
    table::insert_packed(&mut item, health)?;
    item.extend(health.due(policy).into_iter().flat_map(|due| keys::due(name, due)));
    let quiet_until = health.quiet_until(policy).map(|at| table::number(at.as_millisecond()));
    item.extend(quiet_until.map(|at| (attributes::QUIET_UNTIL.to_owned(), at)));
    Ok(item)
}

/// Reads an item of [`health_item`].
pub(crate) fn health_of(item: &Item) -> Result<Versioned<Health>, StoreError> {
    let version = table::number_of(item, attributes::VERSION)?;
    Ok(Versioned { value: table::packed_of(item)?, version })
}
