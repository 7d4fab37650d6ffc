//! The counts of all chatbots, and the cap on automatic ejections.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{chatbot_type::ChatbotType, status::Status},
    health::policy::CapPolicy,
    routes::head::{Head, Revision},
    stamp::Stamp,
};

/// The routing state of a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoutingState {
    /// Enrolled, and no probe has succeeded yet.
    Unknown,
    /// Routed.
    Online,
    /// Forced offline by an administrator.
    Offline,
    /// Ejected by the engine.
    Ejected,
}

impl RoutingState {
    /// Returns the corresponding status.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::Unknown => Status::Unknown,
            Self::Online => Status::Online,
            Self::Offline | Self::Ejected => Status::Offline,
        }
    }
}

/// The number of chatbots of one type per routing state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCounts {
    /// Enrolled, and no probe has succeeded yet.
    pub unknown: u32,
    /// Routed.
    pub online: u32,
    /// Forced offline by an administrator.
    pub offline: u32,
    /// Ejected by the engine.
    pub ejected: u32,
    /// The time since which the cap holds ejections back.
    #[serde(default, rename = "holdingSince", skip_serializing_if = "Option::is_none")]
    pub holding_since: Option<Stamp>,
}

impl StateCounts {
    fn numbers(self) -> [u32; 4] {
        [self.unknown, self.online, self.offline, self.ejected]
    }

    /// Returns the number of chatbots of which a share may be ejected.
    fn base(self) -> u64 {
        u64::from(self.online) + u64::from(self.ejected)
    }

    fn share(self, percent: u32) -> u64 {
        self.base() * u64::from(percent) / 100
    }

    /// Returns whether one more ejection stays within the cap, counted after the ejection. One chatbot may always be
    /// ejected, unless the cap is zero.
    fn has_room(self, cap: CapPolicy) -> bool {
        let percent = cap.percent.get();
        percent > 0 && u64::from(self.ejected) < self.share(percent).max(1)
    }

    fn count(&mut self, state: RoutingState) -> &mut u32 {
        match state {
            RoutingState::Unknown => &mut self.unknown,
            RoutingState::Online => &mut self.online,
            RoutingState::Offline => &mut self.offline,
            RoutingState::Ejected => &mut self.ejected,
        }
    }
}

/// The counts of all chatbots, and the revision of the route table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The revision of the route table.
    pub revision: Revision,
    /// The time of the revision.
    #[serde(default, rename = "revisedAt", skip_serializing_if = "Option::is_none")]
    pub revised_at: Option<Stamp>,
    /// The counts per type.
    pub types: BTreeMap<ChatbotType, StateCounts>,
}

impl Network {
    /// Returns the counts of the chatbots of `kind`.
    #[must_use]
    pub fn state_counts(&self, kind: ChatbotType) -> StateCounts {
        self.types.get(&kind).copied().unwrap_or_default()
    }

    /// Records the transition of a chatbot of `kind` from one state to another; none for a name that is not enrolled.
    pub fn record_transition(&mut self, kind: ChatbotType, from: Option<RoutingState>, to: Option<RoutingState>) {
        let counts = self.types.entry(kind).or_default();
        if let Some(from) = from {
            let count = counts.count(from);
            *count = count.saturating_sub(1);
        }
        if let Some(to) = to {
            let count = counts.count(to);
            *count = count.saturating_add(1);
        }
    }

    /// Returns the number of chatbots by which the counts differ from those of `actual`.
    #[must_use]
    pub fn drift(&self, actual: &Self) -> u64 {
        let kinds: BTreeSet<_> = self.types.keys().chain(actual.types.keys()).collect();
        let differences = kinds.into_iter().flat_map(|kind| {
            let (stored, actual) = (self.state_counts(*kind).numbers(), actual.state_counts(*kind).numbers());
            stored.into_iter().zip(actual).map(|(stored, actual)| u64::from(stored.abs_diff(actual)))
        });
        differences.sum()
    }

    /// Corrects the counts: adds what `stored` lacks of `actual`, and takes away what it has more. Transitions that were
    /// recorded since `stored` was read are kept.
    pub fn correct(&mut self, stored: &Self, actual: &Self) {
        let kinds: BTreeSet<_> = stored.types.keys().chain(actual.types.keys()).copied().collect();
        for kind in kinds {
            let (stored, actual) = (stored.state_counts(kind).numbers(), actual.state_counts(kind).numbers());
            let counts = self.types.entry(kind).or_default();
            let numbers = [&mut counts.unknown, &mut counts.online, &mut counts.offline, &mut counts.ejected];
            for ((number, stored), actual) in numbers.into_iter().zip(stored).zip(actual) {
                *number = number.saturating_add(actual).saturating_sub(stored);
            }
        }
    }

    /// Increments the revision of the route table at `now`. Its time never goes back, even if clocks disagree.
    pub fn revise(&mut self, now: Timestamp) {
        self.revision += 1;
        self.revised_at = self.revised_at.max(Some(Stamp(now)));
    }

    /// Raises the revision of the route table to `revision` at `now`; leaves a higher one.
    pub fn raise_revision(&mut self, revision: Revision, now: Timestamp) {
        self.revision = self.revision.max(revision);
        self.revised_at = self.revised_at.max(Some(Stamp(now)));
    }

    /// Returns the head of the route table. Each Online chatbot has a route.
    #[must_use]
    pub fn head(&self) -> Head {
        let count = self.types.values().map(|counts| u64::from(counts.online)).sum();
        Head { revision: self.revision, time: self.revised_at.map_or(Head::EMPTY.time, |Stamp(time)| time), count }
    }

    /// Returns the API representation: every type, even one without chatbots.
    #[must_use]
    pub fn view(&self) -> Self {
        let types = [ChatbotType::Ministry, ChatbotType::Institution].map(|kind| (kind, self.state_counts(kind)));
        Self { revision: self.revision, revised_at: self.revised_at, types: types.into() }
    }

    /// Returns whether one more chatbot of `kind` may be ejected. After an ejection was held back, none may until
    /// [`Network::end_hold`].
    #[must_use]
    pub fn permits_ejection(&self, kind: ChatbotType, cap: &CapPolicy) -> bool {
        let counts = self.state_counts(kind);
        counts.holding_since.is_none() && counts.has_room(*cap)
    }

    /// Returns the types whose cap is reached, each with the number of chatbots that the cap lets be out.
    #[must_use]
    pub fn reached_caps(&self, cap: &CapPolicy) -> BTreeMap<ChatbotType, u32> {
        let held = self.types.iter().filter(|(_, counts)| counts.holding_since.is_some());
        let allowed = |counts: &StateCounts| u32::try_from(counts.share(cap.percent.get()).max(1)).unwrap_or(u32::MAX);
        held.map(|(kind, counts)| (*kind, allowed(counts))).collect()
    }

    /// Starts to hold ejections back at `now`. Returns false if they are held back already.
    pub fn start_hold(&mut self, kind: ChatbotType, now: Timestamp) -> bool {
        let counts = self.types.entry(kind).or_default();
        let begins = counts.holding_since.is_none();
        counts.holding_since.get_or_insert(Stamp(now));
        begins
    }

    /// Ends the hold once enough chatbots are back. Returns true if it ends. The limit is below the cap, or the next
    /// failure would start the hold again.
    pub fn end_hold(&mut self, kind: ChatbotType, cap: &CapPolicy) -> bool {
        let counts = self.types.entry(kind).or_default();
        let few = u64::from(counts.ejected) <= counts.share(cap.resume_percent.get());
        if counts.holding_since.is_some() && few && counts.has_room(*cap) {
            counts.holding_since = None;
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use deranged::RangedU32;
    use proptest::prelude::*;

    use super::*;

    const KIND: ChatbotType = ChatbotType::Ministry;

    fn network(online: u32, ejected: u32) -> Network {
        let counts = StateCounts { online, ejected, ..StateCounts::default() };
        Network { types: BTreeMap::from([(KIND, counts)]), ..Network::default() }
    }

    fn eject(network: &mut Network) {
        network.record_transition(KIND, Some(RoutingState::Online), Some(RoutingState::Ejected));
    }

    #[test]
    fn wrong_counts_are_corrected_and_later_transitions_kept() {
        let (stored, actual) = (network(7, 2), network(5, 3));
        assert_eq!(stored.drift(&actual), 3);
        let mut current = stored.clone();
        eject(&mut current);
        current.correct(&stored, &actual);
        assert_eq!(current, network(4, 4));
        assert_eq!(actual.drift(&actual), 0);
    }

    #[test]
    fn type_that_is_not_stored_is_counted() {
        let mut stored = Network::default();
        let read = stored.clone();
        stored.correct(&read, &network(5, 3));
        assert_eq!(stored, network(5, 3));
    }

    #[test]
    fn cap_applies_to_small_and_large_networks() {
        let cap = CapPolicy::default(); // 30 %
        let permits = |online, ejected| network(online, ejected).permits_ejection(KIND, &cap);
        assert!(permits(1, 0), "the only chatbot may be ejected");
        assert!(permits(3, 0));
        assert!(!permits(2, 1), "a second of three is over 30 %");
        assert!(permits(71, 29));
        assert!(!permits(70, 30));
        let never = CapPolicy { percent: RangedU32::new_static::<0>(), resume_percent: RangedU32::new_static::<0>() };
        assert!(!network(1, 0).permits_ejection(KIND, &never));
    }

    #[test]
    fn revision_grows_by_one_and_its_time_never_goes_back() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let mut network = network(3, 1);
        network.record_transition(ChatbotType::Institution, None, Some(RoutingState::Online));
        assert_eq!(network.head(), Head { count: 4, ..Head::EMPTY });
        network.revise(at(9));
        network.revise(at(7));
        assert_eq!(network.head(), Head { revision: 2, time: at(9), count: 4 });
    }

    #[test]
    fn hold_ends_below_the_cap() {
        let cap = CapPolicy::default(); // resumes at 20 %
        let mut network = network(7, 3);
        assert!(network.start_hold(KIND, Timestamp::UNIX_EPOCH));
        assert!(!network.start_hold(KIND, Timestamp::UNIX_EPOCH));
        assert_eq!(network.reached_caps(&cap), BTreeMap::from([(KIND, 3)]));
        assert!(!network.end_hold(KIND, &cap), "still at the cap");
        network.record_transition(KIND, Some(RoutingState::Ejected), Some(RoutingState::Online));
        assert!(!network.permits_ejection(KIND, &cap), "held until the hold is ended");
        assert!(network.end_hold(KIND, &cap));
        assert!(network.permits_ejection(KIND, &cap));
        assert_eq!(network.reached_caps(&cap), BTreeMap::new());
    }

    proptest! {
        /// For any size of the network, ejections within the cap exceed its share by at most the one chatbot that may
        /// always be ejected.
        #[test]
        fn cap_is_not_exceeded_after_any_ejection(total in 1..5000_u32, percent in 1..=100_u32) {
            let cap = CapPolicy { percent: RangedU32::new(percent).expect("a share"), resume_percent: RangedU32::new_static::<0>() };
            let mut network = network(total, 0);
            while network.state_counts(KIND).online > 0 && network.permits_ejection(KIND, &cap) {
                eject(&mut network);
            }
            let ejected = network.state_counts(KIND).ejected;
            prop_assert!(ejected == 1 || u64::from(ejected) * 100 <= u64::from(total) * u64::from(percent));
            prop_assert!(ejected >= 1, "one chatbot may always be ejected");
        }
    }
}
