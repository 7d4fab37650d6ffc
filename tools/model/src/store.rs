//! The store, in memory. What is saved goes through a stored form as in the table, and has a version.

use std::collections::BTreeMap;

use centops_domain::{chatbot::ChatbotType, health::Health, history::Minute, name::Name, network::Network};
use jiff::Timestamp;

/// The table.
#[derive(Debug, Default)]
pub struct Store {
    chatbots: BTreeMap<Name, Row>,
    network: Network,
    network_version: u64,
    /// By chatbot, its enrolment, and Unix minute.
    minutes: BTreeMap<(Name, Timestamp), BTreeMap<i64, Minute>>,
    /// The last version given: none is given twice, not even to a name that is enrolled again.
    version: u64,
}

#[derive(Debug)]
struct Row {
    kind: ChatbotType,
    /// As it was read from the bytes that were written.
    health: Health,
    version: u64,
}

/// What a step starts from, and changes.
#[derive(Debug)]
pub struct Loaded {
    /// The chatbot's type.
    pub kind: ChatbotType,
    /// Its health.
    pub health: Health,
    /// The network.
    pub network: Network,
    /// The network as it was loaded.
    pub network_before: Network,
    version: u64,
    network_version: u64,
}

/// Stored bytes that cannot be read or written: a difference in itself.
#[derive(Debug, thiserror::Error)]
#[error("the stored form: {0}")]
pub enum Unreadable {
    /// Of a health: the same bytes as in the table.
    Health(#[from] postcard::Error),
    /// Of the network: names and values, as the attributes of the table.
    Network(#[from] serde_json::Error),
}

impl Store {
    /// Loads a chatbot and the network.
    #[must_use]
    pub fn load(&self, chatbot: &Name) -> Option<Loaded> {
        let row = self.chatbots.get(chatbot)?;
        Some(Loaded {
            kind: row.kind,
            health: row.health.clone(),
            network: self.network.clone(),
            network_before: self.network.clone(),
            version: row.version,
            network_version: self.network_version,
        })
    }

    /// The health of a chatbot.
    #[must_use]
    pub fn health(&self, chatbot: &Name) -> Option<&Health> {
        self.chatbots.get(chatbot).map(|row| &row.health)
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Saves what was loaded, where nobody saved since: this chatbot, and the network where what is saved
    /// depends on it. The answer is the size of the health, or none where somebody was faster.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self, chatbot: &Name, loaded: &Loaded, network: bool) -> Result<Option<usize>, Unreadable> {
        let network_changed = loaded.network_before != loaded.network;
        if (network_changed || network) && self.network_version != loaded.network_version {
            return Ok(None);
        }
        let Some(row) = self.chatbots.get_mut(chatbot).filter(|row| row.version == loaded.version) else {
            return Ok(None);
        };
        self.version += 1;
        row.version = self.version;
        let bytes = postcard::to_stdvec(&loaded.health)?;
        row.health = postcard::from_bytes(&bytes)?;
        if network_changed {
            self.save_network(&loaded.network)?;
        }
        Ok(Some(bytes.len()))
    }

    /// Enrols a chatbot; false where the name is taken.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn enrol(
        &mut self,
        chatbot: &Name,
        kind: ChatbotType,
        health: &Health,
        network: &Network,
    ) -> Result<bool, Unreadable> {
        if self.chatbots.contains_key(chatbot) {
            return Ok(false);
        }
        self.version += 1;
        let row = Row { kind, health: postcard::from_bytes(&postcard::to_stdvec(health)?)?, version: self.version };
        self.chatbots.insert(chatbot.clone(), row);
        self.save_network(network)?;
        Ok(true)
    }

    /// Removes a chatbot.
    ///
    /// # Errors
    /// When the network cannot be written.
    pub fn delete(&mut self, chatbot: &Name, network: &Network) -> Result<(), Unreadable> {
        self.chatbots.remove(chatbot);
        self.save_network(network)
    }

    fn save_network(&mut self, network: &Network) -> Result<(), Unreadable> {
        self.network = serde_json::from_slice(&serde_json::to_vec(network)?)?;
        self.network_version += 1;
        Ok(())
    }

    /// Puts minutes into the history of a chatbot; one that is there is replaced.
    pub fn put_minutes(&mut self, chatbot: &Name, enrolled: Timestamp, closed: BTreeMap<i64, Minute>) {
        if !closed.is_empty() {
            self.minutes.entry((chatbot.clone(), enrolled)).or_default().extend(closed);
        }
    }

    /// The minutes of a chatbot: those in the history, and those that its health still keeps, which are
    /// the newer ones.
    #[must_use]
    pub fn minutes(&self, chatbot: &Name, health: &Health) -> BTreeMap<i64, Minute> {
        let mut minutes = self.minutes.get(&(chatbot.clone(), health.enrolled)).cloned().unwrap_or_default();
        minutes.extend(health.minutes().kept().clone());
        minutes
    }

    /// Who is enrolled.
    pub fn chatbots(&self) -> impl Iterator<Item = &Name> {
        self.chatbots.keys()
    }
}
