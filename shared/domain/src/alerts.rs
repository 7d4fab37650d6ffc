//! How often a chatbot's owner is told: a chatbot that goes up and down all day must not ring all day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::stamp::Stamp;

/// The most messages about one chatbot's ups and downs within [`SPAN`].
pub const MOST: usize = 6;
/// The span.
pub const SPAN: SignedDuration = SignedDuration::from_hours(24);
/// So long without a change a flapping chatbot has settled.
pub const SETTLED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What the owner was told within the last [`SPAN`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    told: Vec<Stamp>,
    /// Since when changes are no longer told one by one.
    flapping: Option<Stamp>,
}

/// Whether a change is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// As it is.
    Change,
    /// That the chatbot flaps, and that silence follows until it settles.
    Flapping,
    /// Not at all.
    Nothing,
}

impl Alerts {
    /// Whether the chatbot flaps, and since when.
    #[must_use]
    pub fn flapping(&self) -> Option<Timestamp> {
        self.flapping.map(|Stamp(since)| since)
    }

    /// Decides about a change at `now`. The last but one message of a span says that it flaps, the last
    /// is kept to say that it has settled.
    pub fn change(&mut self, now: Timestamp) -> Tell {
        let left = self.left(now);
        if self.flapping.is_some() {
            return Tell::Nothing;
        }
        if left > 2 {
            self.told.push(Stamp(now));
            return Tell::Change;
        }
        self.flapping = Some(Stamp(now));
        if left == 0 {
            return Tell::Nothing;
        }
        self.told.push(Stamp(now));
        Tell::Flapping
    }

    /// When a chatbot that flaps will have settled, if it does not change after `since`, and its owner
    /// may be told.
    #[must_use]
    pub fn due(&self, since: Timestamp) -> Option<Timestamp> {
        self.flapping?;
        let settled = since + SETTLED_AFTER;
        let too_many = self.told.len().checked_sub(MOST).and_then(|first| self.told.get(first));
        Some(too_many.map_or(settled, |Stamp(first)| settled.max(*first + SPAN)))
    }

    /// Whether it has settled at `now`, having last changed at `since`; then the owner is told so.
    pub fn settle(&mut self, since: Timestamp, now: Timestamp) -> bool {
        if self.due(since).is_none_or(|due| now < due) || self.left(now) == 0 {
            return false;
        }
        self.told.push(Stamp(now));
        self.flapping = None;
        true
    }

    /// How many messages are left at `now`.
    fn left(&mut self, now: Timestamp) -> usize {
        self.told.retain(|Stamp(told)| *told > now - SPAN);
        MOST.saturating_sub(self.told.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("a time")
    }

    #[test]
    fn the_fifth_says_that_it_flaps_and_the_sixth_that_it_has_settled() {
        let mut alerts = Alerts::default();
        let told: Vec<_> = (0..30).map(|at| alerts.change(minute(at))).collect();
        assert_eq!(told[..4], [Tell::Change; 4]);
        assert_eq!(told[4], Tell::Flapping);
        assert_eq!(told[5..], [Tell::Nothing; 25]);
        assert!(!alerts.settle(minute(29), minute(88)));
        assert!(alerts.settle(minute(29), minute(89)));
        assert_eq!(alerts.due(minute(29)), None);
        assert_eq!(alerts.change(minute(100)), Tell::Nothing, "six are told");
        assert_eq!(alerts.due(minute(100)), Some(minute(24 * 60)), "once one may be told again");
    }

    proptest! {
        /// However it flaps: at most six messages in any span, and once it is quiet the owner's last
        /// message is not older than the last change, or there is a time at which it will be.
        #[test]
        fn never_more_than_six(steps in prop::collection::vec((1..400_i64, any::<bool>()), 1..200)) {
            let (mut alerts, mut now, mut since, mut told) = (Alerts::default(), 0, 0, Vec::new());
            for (passed, changes) in steps {
                now += passed;
                if changes {
                    since = now;
                    if alerts.change(minute(now)) != Tell::Nothing { told.push(now); }
                } else if alerts.settle(minute(since), minute(now)) {
                    told.push(now);
                }
                prop_assert!(told.iter().filter(|at| **at > now - 24 * 60).count() <= 6);
                let knows = told.last().is_none_or(|last| *last >= since) || since == 0;
                prop_assert!(knows || alerts.due(minute(since)).is_some());
            }
        }
    }
}
