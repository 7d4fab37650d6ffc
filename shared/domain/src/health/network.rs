//! The network at a glance, and how much of it the engine may take offline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::chatbot::{ChatbotType, Status},
    health::policy::CapPolicy,
    routes::route::{Head, Revision},
    stamp::Stamp,
};

/// Where a chatbot stands in the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoutingState {
    /// Enrolled, and not yet seen healthy.
    Unknown,
    /// Routed.
    Online,
    /// Not routed, by an administrator's word.
    Offline,
    /// Not routed, by the engine's.
    Ejected,
}

impl RoutingState {
    /// The status that goes with it.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::Unknown => Status::Unknown,
            Self::Online => Status::Online,
            Self::Offline | Self::Ejected => Status::Offline,
        }
    }
}

/// The chatbots of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCounts {
    /// Enrolled, and not yet seen healthy.
    pub unknown: u32,
    /// Routed.
    pub online: u32,
    /// Not routed, by an administrator's word.
    pub offline: u32,
    /// Not routed, by the engine's.
    pub ejected: u32,
    /// Since when the engine takes nobody out any more, for the cap was reached.
    #[serde(default, rename = "holdingSince", skip_serializing_if = "Option::is_none")]
    pub holding_since: Option<Stamp>,
}

impl StateCounts {
    /// Those that the engine may count on: a share of them may be ejected.
    fn base(self) -> u64 {
        u64::from(self.online) + u64::from(self.ejected)
    }

    fn share(self, percent: u32) -> u64 {
        self.base() * u64::from(percent) / 100
    }

    /// Whether one more may be ejected: counted after it is, and a network too small for the share can
    /// still lose one.
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

/// All chatbots in numbers, and the revision of the route table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The revision of the route table.
    pub revision: Revision,
    /// When it was made.
    #[serde(default, rename = "revisedAt", skip_serializing_if = "Option::is_none")]
    pub revised_at: Option<Stamp>,
    /// By type.
    pub types: BTreeMap<ChatbotType, StateCounts>,
}

impl Network {
    /// The chatbots of `kind`.
    #[must_use]
    pub fn state_counts(&self, kind: ChatbotType) -> StateCounts {
        self.types.get(&kind).copied().unwrap_or_default()
    }

    /// A chatbot of `kind` moves from one state to another; none is a name that is not enrolled.
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

    /// The route table's next revision, made at `now`. Times never go back, whatever the clocks do.
    pub fn revise(&mut self, now: Timestamp) {
        self.revision += 1;
        self.revised_at = self.revised_at.max(Some(Stamp(now)));
    }

    /// The route table in three numbers: there is a route to each chatbot that is Online.
    #[must_use]
    pub fn head(&self) -> Head {
        let count = self.types.values().map(|counts| u64::from(counts.online)).sum();
        Head { revision: self.revision, time: self.revised_at.map_or(Head::EMPTY.time, |Stamp(time)| time), count }
    }

    /// The network as people see it: every type, also one without a chatbot.
    #[must_use]
    pub fn view(&self) -> Self {
        let types = [ChatbotType::Ministry, ChatbotType::Institution].map(|kind| (kind, self.state_counts(kind)));
        Self { revision: self.revision, revised_at: self.revised_at, types: types.into() }
    }

    /// Whether one more chatbot of `kind` may be ejected. Once one was held back, none may until
    /// [`Network::end_hold`].
    #[must_use]
    pub fn permits_ejection(&self, kind: ChatbotType, cap: &CapPolicy) -> bool {
        let counts = self.state_counts(kind);
        counts.holding_since.is_none() && counts.has_room(*cap)
    }

    /// Holds from `now` on; false when it did already.
    pub fn start_hold(&mut self, kind: ChatbotType, now: Timestamp) -> bool {
        let counts = self.types.entry(kind).or_default();
        let begins = counts.holding_since.is_none();
        counts.holding_since.get_or_insert(Stamp(now));
        begins
    }

    /// Ends the holding_since once enough have come back; true when it ends. Not at the cap itself: then it
    /// would begin again with the next failure.
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
    fn the_cap_in_small_and_large_networks() {
        let cap = CapPolicy::default(); // 30 %
        let permits = |online, ejected| network(online, ejected).permits_ejection(KIND, &cap);
        assert!(permits(1, 0), "a network of one can lose it");
        assert!(permits(3, 0));
        assert!(!permits(2, 1), "a second of three is over 30 %");
        assert!(permits(71, 29));
        assert!(!permits(70, 30));
        let never = CapPolicy { percent: RangedU32::new_static::<0>(), resume_percent: RangedU32::new_static::<0>() };
        assert!(!network(1, 0).permits_ejection(KIND, &never));
    }

    #[test]
    fn a_revision_is_one_more_and_its_time_never_goes_back() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let mut network = network(3, 1);
        network.record_transition(ChatbotType::Institution, None, Some(RoutingState::Online));
        assert_eq!(network.head(), Head { count: 4, ..Head::EMPTY });
        network.revise(at(9));
        network.revise(at(7));
        assert_eq!(network.head(), Head { revision: 2, time: at(9), count: 4 });
    }

    #[test]
    fn holding_ends_below_the_cap_and_is_said_once() {
        let cap = CapPolicy::default(); // resumes at 20 %
        let mut network = network(7, 3);
        assert!(network.start_hold(KIND, Timestamp::UNIX_EPOCH));
        assert!(!network.start_hold(KIND, Timestamp::UNIX_EPOCH));
        assert!(!network.end_hold(KIND, &cap), "still at the cap");
        network.record_transition(KIND, Some(RoutingState::Ejected), Some(RoutingState::Online));
        assert!(!network.permits_ejection(KIND, &cap), "it holds until it is said");
        assert!(network.end_hold(KIND, &cap));
        assert!(network.permits_ejection(KIND, &cap));
    }

    proptest! {
        /// However large the network, ejecting while the cap allows it never passes the share by more
        /// than the one chatbot that may always go.
        #[test]
        fn the_cap_holds_after_the_ejection(total in 1..5000_u32, percent in 1..=100_u32) {
            let cap = CapPolicy { percent: RangedU32::new(percent).expect("a share"), resume_percent: RangedU32::new_static::<0>() };
            let mut network = network(total, 0);
            while network.state_counts(KIND).online > 0 && network.permits_ejection(KIND, &cap) {
                eject(&mut network);
            }
            let ejected = network.state_counts(KIND).ejected;
            prop_assert!(ejected == 1 || u64::from(ejected) * 100 <= u64::from(total) * u64::from(percent));
            prop_assert!(ejected >= 1, "a small network can lose one");
        }
    }
}
