//! How often a chatbot's owner is notified: a chatbot that goes up and down all day must not ring all day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::stamp::Stamp;

/// The most messages about one chatbot's ups and downs within [`NOTIFICATION_SPAN`].
pub const MAX_NOTIFICATIONS: usize = 6;
/// The span.
pub const NOTIFICATION_SPAN: SignedDuration = SignedDuration::from_hours(24);
/// So long without a change a flapping chatbot has settled.
pub const SETTLED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What the owner was notified within the last [`NOTIFICATION_SPAN`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlapDamper {
    notified: Vec<Stamp>,
    /// Since when changes are no longer notified one by one.
    since: Option<Stamp>,
}

/// Whether a change is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// As it is.
    Change,
    /// That the chatbot flaps, and that silence follows until it settles.
    Flapping,
    /// Not at all.
    Nothing,
}

impl FlapDamper {
    /// Whether the chatbot flaps, and since when.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.since.map(|Stamp(since)| since)
    }

    /// Decides about a change at `now`. The last but one message of a span says that it flaps, the last
    /// is kept to say that it has settled.
    pub fn record_change(&mut self, now: Timestamp) -> Notify {
        let left = self.left(now);
        if self.since.is_some() {
            return Notify::Nothing;
        }
        if left > 2 {
            self.notified.push(Stamp(now));
            return Notify::Change;
        }
        self.since = Some(Stamp(now));
        if left == 0 {
            return Notify::Nothing;
        }
        self.notified.push(Stamp(now));
        Notify::Flapping
    }

    /// When a chatbot that flaps will have settled, if it does not change after `since`, and its owner
    /// may be notified.
    #[must_use]
    pub fn due(&self, since: Timestamp) -> Option<Timestamp> {
        self.since?;
        let settled = since + SETTLED_AFTER;
        let too_many = self.notified.len().checked_sub(MAX_NOTIFICATIONS).and_then(|first| self.notified.get(first));
        Some(too_many.map_or(settled, |Stamp(first)| settled.max(*first + NOTIFICATION_SPAN)))
    }

    /// Whether it has settled at `now`, having last changed at `since`; then the owner is notified so.
    pub fn settle(&mut self, since: Timestamp, now: Timestamp) -> bool {
        if self.due(since).is_none_or(|due| now < due) || self.left(now) == 0 {
            return false;
        }
        self.notified.push(Stamp(now));
        self.since = None;
        true
    }

    /// How many messages are left at `now`.
    fn left(&mut self, now: Timestamp) -> usize {
        self.notified.retain(|Stamp(notified)| *notified > now - NOTIFICATION_SPAN);
        MAX_NOTIFICATIONS.saturating_sub(self.notified.len())
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
        let mut alerts = FlapDamper::default();
        let notified: Vec<_> = (0..30).map(|at| alerts.record_change(minute(at))).collect();
        assert_eq!(notified[..4], [Notify::Change; 4]);
        assert_eq!(notified[4], Notify::Flapping);
        assert_eq!(notified[5..], [Notify::Nothing; 25]);
        assert!(!alerts.settle(minute(29), minute(88)));
        assert!(alerts.settle(minute(29), minute(89)));
        assert_eq!(alerts.due(minute(29)), None);
        assert_eq!(alerts.record_change(minute(100)), Notify::Nothing, "six are notified");
        assert_eq!(alerts.due(minute(100)), Some(minute(24 * 60)), "once one may be notified again");
    }

    proptest! {
        /// However it flaps: at most six messages in any span, and once it is quiet the owner's last
        /// message is not older than the last change, or there is a time at which it will be.
        #[test]
        fn never_more_than_six(steps in prop::collection::vec((1..400_i64, any::<bool>()), 1..200)) {
            let (mut alerts, mut now, mut since, mut notified) = (FlapDamper::default(), 0, 0, Vec::new());
            for (passed, changes) in steps {
                now += passed;
                if changes {
                    since = now;
                    if alerts.record_change(minute(now)) != Notify::Nothing { notified.push(now); }
                } else if alerts.settle(minute(since), minute(now)) {
                    notified.push(now);
                }
                prop_assert!(notified.iter().filter(|at| **at > now - 24 * 60).count() <= 6);
                let knows = notified.last().is_none_or(|last| *last >= since) || since == 0;
                prop_assert!(knows || alerts.due(minute(since)).is_some());
            }
        }
    }
}
