//! Flap damping: limits the notifications about a chatbot that changes its status often.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::stamp::Stamp;

/// The most notifications per chatbot within [`NOTIFICATION_SPAN`].
pub const MAX_NOTIFICATIONS: usize = 6;
/// The period to which [`MAX_NOTIFICATIONS`] applies.
pub const NOTIFICATION_SPAN: SignedDuration = SignedDuration::from_hours(24);
/// A flapping chatbot has settled after this time without a change.
pub const SETTLED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The notifications of the last [`NOTIFICATION_SPAN`], and whether the chatbot flaps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlapDamper {
    notified: Vec<Stamp>,
    /// The time since which single changes are suppressed.
    since: Option<Stamp>,
}

/// The decision whether to notify of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// Notify of the change.
    Change,
    /// Notify that the chatbot flaps, and then stay quiet until it settles.
    Flapping,
    /// Do not notify.
    Nothing,
}

impl FlapDamper {
    /// Returns since when the chatbot flaps.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.since.map(|Stamp(since)| since)
    }

    /// Records a change at `now`. The last but one notification of a span reports the flapping, and the last is
    /// reserved to report that it has settled.
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

    /// Returns when a flapping chatbot will have settled, if it last changed at `since` and its owner may be notified
    /// again.
    #[must_use]
    pub fn due(&self, since: Timestamp) -> Option<Timestamp> {
        self.since?;
        let settled = since + SETTLED_AFTER;
        let too_many = self.notified.len().checked_sub(MAX_NOTIFICATIONS).and_then(|first| self.notified.get(first));
        Some(too_many.map_or(settled, |Stamp(first)| settled.max(*first + NOTIFICATION_SPAN)))
    }

    /// Returns whether the chatbot has settled at `now`, having last changed at `since`. The owner is then notified.
    pub fn settle(&mut self, since: Timestamp, now: Timestamp) -> bool {
        if self.due(since).is_none_or(|due| now < due) || self.left(now) == 0 {
            return false;
        }
        self.notified.push(Stamp(now));
        self.since = None;
        true
    }

    /// Returns the number of remaining notifications at `now`.
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
    fn fifth_notification_reports_flapping_and_sixth_settling() {
        let mut alerts = FlapDamper::default();
        let notified: Vec<_> = (0..30).map(|at| alerts.record_change(minute(at))).collect();
        assert_eq!(notified[..4], [Notify::Change; 4]);
        assert_eq!(notified[4], Notify::Flapping);
        assert_eq!(notified[5..], [Notify::Nothing; 25]);
        assert!(!alerts.settle(minute(29), minute(88)));
        assert!(alerts.settle(minute(29), minute(89)));
        assert_eq!(alerts.due(minute(29)), None);
        assert_eq!(alerts.record_change(minute(100)), Notify::Nothing, "six notifications were sent");
        assert_eq!(alerts.due(minute(100)), Some(minute(24 * 60)), "when the next notification is permitted");
    }

    proptest! {
        /// For any sequence: at most six notifications in any span, and either the last notification is not older than
        /// the last change, or a time at which it will be sent is set.
        #[test]
        fn at_most_six_notifications_in_any_span(steps in prop::collection::vec((1..400_i64, any::<bool>()), 1..200)) {
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
