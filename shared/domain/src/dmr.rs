//! What is known of a DMR besides what it reports of each chatbot: when it reports, and whether
//! administrators were told that it stands alone.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{policy::SilencePolicy, rhythm::Rhythm, stamp::Stamp};

/// A DMR that is heard again within this time is not written down again.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// However many chatbots a DMR reports nonsense about, administrators hear of it once in this time.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// One DMR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dmr {
    rhythm: Rhythm,
    silent: bool,
    told: Option<Stamp>,
}

impl Dmr {
    /// One that is heard for the first time at `now`.
    #[must_use]
    pub fn begin(now: Timestamp) -> Self {
        Self { rhythm: Rhythm::begin(now), silent: false, told: None }
    }

    /// Hears it at `now`; false where that is not worth writing down.
    pub fn hear(&mut self, now: Timestamp) -> bool {
        if !self.silent && now.duration_since(self.rhythm.heard()) < NOTED_EVERY {
            return false;
        }
        self.rhythm.beat(now);
        self.silent = false;
        true
    }

    /// When it will be silent, unless it is heard; none while nobody waits for it.
    #[must_use]
    pub fn due(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        if self.silent { None } else { self.rhythm.silent_at(policy) }
    }

    /// Whether its silence begins to be noticed at `now`; then, since when it was not heard.
    pub fn notice(&mut self, policy: &SilencePolicy, now: Timestamp) -> Option<Timestamp> {
        self.due(policy).filter(|due| *due <= now)?;
        self.silent = true;
        Some(self.rhythm.heard())
    }

    /// Whether administrators are told at `now` that it stands alone.
    pub fn tell(&mut self, now: Timestamp) -> bool {
        let tells = self.told.is_none_or(|Stamp(told)| now.duration_since(told) >= TOLD_EVERY);
        if tells {
            self.told = Some(Stamp(now));
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
        let mut dmr = Dmr::begin(second(0));
        let noted = (1..=300).filter(|time| dmr.hear(second(*time))).count();
        assert_eq!(noted, 10, "every thirty seconds");
        assert_eq!(dmr.notice(&policy, second(359)), None);
        assert_eq!(dmr.notice(&policy, second(360)), Some(second(300)), "30 s count as a minute");
        assert_eq!((dmr.notice(&policy, second(9999)), dmr.due(&policy)), (None, None));
        assert!(dmr.hear(second(10_000)));
        assert!(dmr.due(&policy).is_some());
    }

    #[test]
    fn standing_alone_is_told_once_an_hour() {
        let mut dmr = Dmr::begin(second(0));
        let told: Vec<_> = [0, 1, 3599, 3600, 3601].into_iter().filter(|time| dmr.tell(second(*time))).collect();
        assert_eq!(told, [0, 3600]);
    }
}
