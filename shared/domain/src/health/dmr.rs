//! What is known of a DMR besides what it reports of each chatbot: when it reports, and whether
//! administrators were notified that it stands alone.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    health::{policy::SilencePolicy, report_interval::ReportInterval},
    stamp::Stamp,
};

/// A DMR that is last_seen again within this time is not written down again.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// However many chatbots a DMR reports nonsense about, administrators hear of it once in this time.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// One DMR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dmr {
    interval: ReportInterval,
    silent: bool,
    notified: Option<Stamp>,
}

impl Dmr {
    /// One that is last_seen for the first time at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { interval: ReportInterval::new(now), silent: false, notified: None }
    }

    /// Hears it at `now`; false where that is not worth writing down.
    pub fn record_report(&mut self, now: Timestamp) -> bool {
        if !self.silent && now.duration_since(self.interval.last_seen()) < NOTED_EVERY {
            return false;
        }
        self.interval.record_report(now);
        self.silent = false;
        true
    }

    /// When it will be silent, unless it is last_seen; none while nobody waits for it.
    #[must_use]
    pub fn due(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        if self.silent { None } else { self.interval.silent_at(policy) }
    }

    /// Whether its silence begins to be noticed at `now`; then, since when it was not last_seen.
    pub fn flag_silence(&mut self, policy: &SilencePolicy, now: Timestamp) -> Option<Timestamp> {
        self.due(policy).filter(|due| *due <= now)?;
        self.silent = true;
        Some(self.interval.last_seen())
    }

    /// Whether administrators are notified at `now` that it stands alone.
    pub fn notify_outlier(&mut self, now: Timestamp) -> bool {
        let tells = self.notified.is_none_or(|Stamp(notified)| now.duration_since(notified) >= TOLD_EVERY);
        if tells {
            self.notified = Some(Stamp(now));
        }
        tells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn silence_is_noticed_once() {
        let policy = SilencePolicy::default();
        let mut dmr = Dmr::new(second(0));
        let noted = (1..=300).filter(|time| dmr.record_report(second(*time))).count();
        assert_eq!(noted, 10, "every thirty seconds");
        assert_eq!(dmr.flag_silence(&policy, second(359)), None);
        assert_eq!(dmr.flag_silence(&policy, second(360)), Some(second(300)), "30 s count as a minute");
        assert_eq!((dmr.flag_silence(&policy, second(9999)), dmr.due(&policy)), (None, None));
        assert!(dmr.record_report(second(10_000)));
        assert!(dmr.due(&policy).is_some());
    }

    #[test]
    fn standing_alone_is_told_once_an_hour() {
        let mut dmr = Dmr::new(second(0));
        let notified: Vec<_> =
            [0, 1, 3599, 3600, 3601].into_iter().filter(|time| dmr.notify_outlier(second(*time))).collect();
        assert_eq!(notified, [0, 3600]);
    }
}
