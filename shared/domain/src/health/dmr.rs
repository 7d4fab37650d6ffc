//! The state of a DMR across all chatbots: when it reports, and whether administrators were notified of it as an
//! outlier.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    health::{policy::SilencePolicy, report_interval::ReportInterval},
    stamp::Stamp,
};

/// Reports within this time after the last saved one are not saved.
const SAVE_INTERVAL: SignedDuration = SignedDuration::from_secs(30);
/// Administrators are notified of an outlier at most once in this time, for any number of chatbots.
const NOTIFICATION_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// The state of a DMR. It is stored as JSON, with the names of the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dmr {
    interval: ReportInterval,
    silent: bool,
    /// The time of the last notification about it as an outlier.
    notified: Option<Stamp>,
}

impl Dmr {
    /// Returns the state of a DMR whose first report arrives at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { interval: ReportInterval::new(now), silent: false, notified: None }
    }

    /// Records a report at `now`. Returns false if it need not be saved.
    pub fn record_report(&mut self, now: Timestamp) -> bool {
        if !self.silent && now.duration_since(self.interval.last_seen()) < SAVE_INTERVAL {
            return false;
        }
        self.interval.record_report(now);
        self.silent = false;
        true
    }

    /// Returns when it counts as silent, unless it reports before; none if it is silent already.
    #[must_use]
    pub fn due(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        if self.silent { None } else { self.interval.silent_at(policy) }
    }

    /// Flags it as silent at `now` if it is due, and then returns the time of its last report.
    pub fn flag_silence(&mut self, policy: &SilencePolicy, now: Timestamp) -> Option<Timestamp> {
        self.due(policy).filter(|due| *due <= now)?;
        self.silent = true;
        Some(self.interval.last_seen())
    }

    /// Returns whether to notify administrators at `now` that it is an outlier.
    pub fn notify_outlier(&mut self, now: Timestamp) -> bool {
        let notify = self.notified.is_none_or(|Stamp(last)| now.duration_since(last) >= NOTIFICATION_INTERVAL);
        if notify {
            self.notified = Some(Stamp(now));
        }
        notify
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn stored_json_keeps_its_attribute_names() {
        let mut dmr = Dmr::new(second(0));
        assert!(dmr.notify_outlier(second(60)));
        let json = serde_json::json!({
            "interval": {"last_seen": "1970-01-01T00:00:00Z", "usual": 0, "intervals": 0},
            "silent": false,
            "notified": "1970-01-01T00:01:00Z",
        });
        assert_eq!(serde_json::to_value(dmr).expect("json"), json);
        assert_eq!(serde_json::from_value::<Dmr>(json).expect("a state"), dmr);
    }

    #[test]
    fn silence_is_flagged_once() {
        let policy = SilencePolicy::default();
        let mut dmr = Dmr::new(second(0));
        let saved = (1..=300).filter(|time| dmr.record_report(second(*time))).count();
        assert_eq!(saved, 10, "every thirty seconds");
        assert_eq!(dmr.flag_silence(&policy, second(359)), None);
        assert_eq!(dmr.flag_silence(&policy, second(360)), Some(second(300)), "30 s count as a minute");
        assert_eq!((dmr.flag_silence(&policy, second(9999)), dmr.due(&policy)), (None, None));
        assert!(dmr.record_report(second(10_000)));
        assert!(dmr.due(&policy).is_some());
    }

    #[test]
    fn outlier_is_notified_once_an_hour() {
        let mut dmr = Dmr::new(second(0));
        let notified: Vec<_> =
            [0, 1, 3599, 3600, 3601].into_iter().filter(|time| dmr.notify_outlier(second(*time))).collect();
        assert_eq!(notified, [0, 3600]);
    }
}
