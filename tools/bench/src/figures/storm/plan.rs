//! The plan of a storm: when each chatbot fails. Both systems get the same plan.

use std::time::Duration;

use fastrand::Rng;

/// The time within which every chatbot fails.
pub const STORM: Duration = Duration::from_mins(1);
/// The number of chatbots of an owner. An owner is an institution with one receiver of messages.
pub const CHATBOTS_PER_OWNER: usize = 5;

/// The failure of one chatbot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The time from the start of the storm.
    pub at: Duration,
    /// The index of the chatbot.
    pub chatbot: usize,
}

/// The failures of all chatbots.
#[derive(Debug, Clone)]
pub struct Plan {
    failures: Vec<Failure>,
}

impl Plan {
    /// Returns the plan of `seed` for `chatbots`: each fails once, at a random millisecond.
    #[must_use]
    pub fn new(chatbots: usize, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let end = u64::try_from(STORM.as_millis()).unwrap_or(u64::MAX);
        let failure = |chatbot| Failure { at: Duration::from_millis(random.u64(..end)), chatbot };
        let mut failures: Vec<_> = (0..chatbots).map(failure).collect();
        failures.sort_by_key(|failure| (failure.at, failure.chatbot));
        Self { failures }
    }

    /// Returns the failures, ascending by time.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Returns the number of chatbots.
    #[must_use]
    pub fn chatbots(&self) -> usize {
        self.failures.len()
    }

    /// Returns the number of owners.
    #[must_use]
    pub fn owners(&self) -> usize {
        self.chatbots().div_ceil(CHATBOTS_PER_OWNER)
    }
}

/// Returns the owner of a chatbot.
#[must_use]
pub fn owner_of(chatbot: usize) -> usize {
    chatbot / CHATBOTS_PER_OWNER
}

/// Returns the name of a chatbot.
#[must_use]
pub fn chatbot_name(chatbot: usize) -> String {
    format!("bot-{chatbot:05}")
}

/// Returns the name of an owner.
#[must_use]
pub fn owner_name(owner: usize) -> String {
    format!("owner-{owner:04}")
}

/// Returns the index in the `name` of a chatbot or an owner.
#[must_use]
pub fn index_of(name: &str) -> Option<usize> {
    name.rsplit_once('-')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_chatbot_fails_once_within_the_storm_and_the_seed_decides_when() {
        let plan = Plan::new(1001, 7);
        let chatbots: BTreeSet<_> = plan.failures().iter().map(|failure| failure.chatbot).collect();
        assert_eq!((chatbots.len(), plan.chatbots(), plan.owners()), (1001, 1001, 201));
        assert!(plan.failures().is_sorted_by_key(|failure| failure.at));
        assert!(plan.failures().iter().all(|failure| failure.at < STORM));
        assert_eq!(plan.failures(), Plan::new(1001, 7).failures());
        assert_ne!(plan.failures(), Plan::new(1001, 8).failures());
    }

    #[test]
    fn names_contain_the_index() {
        assert_eq!((index_of(&chatbot_name(9999)), index_of(&owner_name(1999))), (Some(9999), Some(1999)));
        assert_eq!((index_of("bot"), index_of("bot-x")), (None, None));
        assert_eq!((owner_of(4), owner_of(5)), (0, 1));
    }
}
