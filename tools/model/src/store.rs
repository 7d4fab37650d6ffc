//! An in-memory store. Saved values pass through their stored form, as in the table, and have versions.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{ChatbotType, ChatbotUri, Name},
    health::{Health, Minute, Network},
};
use jiff::Timestamp;

/// The store.
#[derive(Debug, Default)]
pub struct Store {
    chatbots: BTreeMap<Name, Row>,
    network: Network,
    network_version: u64,
    /// The history by chatbot, enrolment and Unix minute.
    minutes: BTreeMap<(Name, Timestamp), BTreeMap<i64, Minute>>,
    /// The last version. None is used twice, not even for a name that is enrolled again.
    version: u64,
}

#[derive(Debug)]
struct Row {
    kind: ChatbotType,
    uri: ChatbotUri,
    /// The health as read from the written bytes.
    health: Health,
    version: u64,
}

/// The loaded state, which a step changes.
#[derive(Debug)]
pub struct Loaded {
    /// The type of the chatbot.
    pub kind: ChatbotType,
    /// The address of the chatbot.
    pub uri: ChatbotUri,
    /// The health.
    pub health: Health,
    /// The network.
    pub network: Network,
    /// The network as loaded.
    pub network_before: Network,
    version: u64,
    network_version: u64,
}

/// An error in writing or reading the stored form. It counts as a difference.
#[derive(Debug, thiserror::Error)]
#[error("the stored form: {0}")]
pub enum StoredFormError {
    /// The health: postcard, as in the table.
    Health(#[from] postcard::Error),
    /// The network: JSON, like the attributes of the table.
    Network(#[from] serde_json::Error),
}

impl Store {
    /// Loads a chatbot and the network.
    #[must_use]
    pub fn load(&self, chatbot: &Name) -> Option<Loaded> {
        let row = self.chatbots.get(chatbot)?;
        Some(Loaded {
            kind: row.kind,
            uri: row.uri.clone(),
            health: row.health.clone(),
            network: self.network.clone(),
            network_before: self.network.clone(),
            version: row.version,
            network_version: self.network_version,
        })
    }

    /// Returns the health of a chatbot.
    #[must_use]
    pub fn health(&self, chatbot: &Name) -> Option<&Health> {
        self.chatbots.get(chatbot).map(|row| &row.health)
    }

    /// Returns the address of a chatbot.
    #[must_use]
    pub fn address(&self, chatbot: &Name) -> Option<&ChatbotUri> {
        self.chatbots.get(chatbot).map(|row| &row.uri)
    }

    /// Returns the network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Saves the loaded chatbot by compare-and-set, and the network if it changed; `network` also compares the
    /// unchanged network. Returns the size of the health, or none on a conflict.
    ///
    /// # Errors
    /// Returned if the stored form cannot be written.
    pub fn save(&mut self, chatbot: &Name, loaded: &Loaded, network: bool) -> Result<Option<usize>, StoredFormError> {
        let network_changed = loaded.network_before != loaded.network;
        if (network_changed || network) && self.network_version != loaded.network_version {
            return Ok(None);
        }
        let Some(row) = self.chatbots.get_mut(chatbot).filter(|row| row.version == loaded.version) else {
            return Ok(None);
        };
        self.version += 1;
        row.version = self.version;
        row.uri = loaded.uri.clone();
        let bytes = postcard::to_stdvec(&loaded.health)?;
        row.health = postcard::from_bytes(&bytes)?;
        if network_changed {
            self.save_network(&loaded.network)?;
        }
        Ok(Some(bytes.len()))
    }

    /// Enrols a chatbot. Returns false if the name is taken.
    ///
    /// # Errors
    /// Returned if the stored form cannot be written.
    pub fn enrol(
        &mut self,
        chatbot: &Name,
        (kind, uri): (ChatbotType, ChatbotUri),
        health: &Health,
        network: &Network,
    ) -> Result<bool, StoredFormError> {
        if self.chatbots.contains_key(chatbot) {
            return Ok(false);
        }
        self.version += 1;
        let row =
            Row { kind, uri, health: postcard::from_bytes(&postcard::to_stdvec(health)?)?, version: self.version };
        self.chatbots.insert(chatbot.clone(), row);
        self.save_network(network)?;
        Ok(true)
    }

    /// Removes a chatbot.
    ///
    /// # Errors
    /// Returned if the network cannot be written.
    pub fn delete(&mut self, chatbot: &Name, network: &Network) -> Result<(), StoredFormError> {
        self.chatbots.remove(chatbot);
        self.save_network(network)
    }

    fn save_network(&mut self, network: &Network) -> Result<(), StoredFormError> {
        self.network = serde_json::from_slice(&serde_json::to_vec(network)?)?;
        self.network_version += 1;
        Ok(())
    }

    /// Writes minutes to the history of a chatbot, replacing those that exist.
    pub fn put_minutes(&mut self, chatbot: &Name, enrolled: Timestamp, closed: BTreeMap<i64, Minute>) {
        if !closed.is_empty() {
            self.minutes.entry((chatbot.clone(), enrolled)).or_default().extend(closed);
        }
    }

    /// Returns the minutes of a chatbot: those in the history, replaced by those still in its health.
    #[must_use]
    pub fn minutes(&self, chatbot: &Name, health: &Health) -> BTreeMap<i64, Minute> {
        let mut minutes = self.minutes.get(&(chatbot.clone(), health.enrolled_at)).cloned().unwrap_or_default();
        minutes.extend(health.minutes().kept().clone());
        minutes
    }

    /// Returns the names of the enrolled chatbots.
    pub fn chatbots(&self) -> impl Iterator<Item = &Name> {
        self.chatbots.keys()
    }
}
