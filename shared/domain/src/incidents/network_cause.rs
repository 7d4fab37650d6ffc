//! The cause of a network incident.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common_cause::{CommonCause, Shared};
use crate::chatbots::name::Name;

/// The cause of a network incident with the numbers that support it. It names no chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkCause {
    /// The property that the members share.
    pub shared: Shared,
    /// Other properties that exactly the same chatbots share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Shared>,
    /// The number of chatbots that share it and failed.
    pub affected: u32,
    /// The number of chatbots that share it, those that failed included.
    pub population: u32,
    /// The number of chatbots that failed among [`others`](Self::others).
    pub others_affected: u32,
    /// The number of chatbots to compare with.
    pub others: u32,
    /// When the first chatbot of the population reported the version, if they share a version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_since: Option<Timestamp>,
    /// The number of incidents that became members.
    pub members: u32,
}

impl NetworkCause {
    pub(super) fn new(cause: &CommonCause) -> Self {
        Self {
            shared: cause.shared.clone(),
            also: cause.also.clone(),
            affected: count(cause.members.len()),
            population: cause.population,
            others_affected: cause.others_affected,
            others: cause.others,
            reported_since: cause.reported_since,
            members: 0,
        }
    }

    /// Takes over the numbers of a later evaluation. What failed before its window still failed.
    pub(super) fn update(&mut self, cause: &CommonCause) {
        let (members, affected) = (self.members, self.affected);
        let (shared, also) = (self.shared.clone(), self.also.clone());
        *self = Self { shared, also, members, ..Self::new(cause) };
        self.affected = self.affected.max(affected);
        self.population = self.population.max(self.affected);
    }

    /// Returns whether it names no institution but this one.
    pub(super) fn is_for(&self, own: &Name) -> bool {
        let names_another =
            |shared: &Shared| matches!(shared, Shared::Institution { institution } if institution != own);
        !names_another(&self.shared) && !self.also.iter().any(names_another)
    }

    /// Counts `added` more members.
    pub(super) fn add_members(&mut self, added: u32) {
        self.members = self.members.saturating_add(added);
        self.affected = self.affected.max(self.members);
        self.population = self.population.max(self.affected);
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
