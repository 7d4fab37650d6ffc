//! What follows from what all observers saw.

use centops_domain::{
    detector::{Detector, Finding},
    health::{Held, Witness},
    observation::Observer,
    policy::Policy,
    window::Counts,
};
use jiff::{SignedDuration, Timestamp};

use super::Chatbot;

/// The numbers of the detectors, lowered in the first time after a recovery.
struct Limits {
    minimum: u32,
    failed: u32,
    slow: u32,
    score: u32,
    quorum: u32,
}

impl Limits {
    /// Who is convinced by `times` the evidence, and by which detector.
    fn by(&self, counts: Counts, score: u32, times: u32) -> Option<Detector> {
        let enough = counts.total >= self.minimum.saturating_mul(times);
        if counts.total > 0 && score >= self.score * times {
            Some(Detector::Fast)
        } else if enough && share(counts.failed, counts.total) >= f64::from(self.failed) {
            Some(Detector::FailureRate)
        } else if enough && share(counts.slow, counts.total) >= f64::from(self.slow) {
            Some(Detector::SlowRate)
        } else {
            None
        }
    }
}

/// In percent. Exact where it matters: a quotient of small whole numbers that is whole is exact.
fn share(part: u32, total: u32) -> f64 {
    f64::from(part) * 100.0 / f64::from(total)
}

impl Chatbot {
    /// Whether it recovered so recently that it opens more easily. No time is none, also by a clock that
    /// is behind.
    pub(super) fn is_sensitive(&self, policy: &Policy, now: Timestamp) -> bool {
        let seconds = SignedDuration::from_secs(policy.recovery.seconds.get().into());
        self.is_routed() && self.recovered.is_some() && !seconds.is_zero() && now < self.since + seconds
    }

    fn limits(&self, policy: &Policy, now: Timestamp) -> Limits {
        let sensitive = self.is_sensitive(policy, now);
        let lower = |usual: u32, then: u32| if sensitive { usual.min(then) } else { usual };
        Limits {
            minimum: lower(policy.rate.minimum.get(), policy.recovery.minimum.get()),
            failed: lower(policy.rate.failure_percent.get(), policy.recovery.failure_percent.get()),
            slow: policy.rate.slow_percent.get(),
            score: lower(policy.fast.threshold.get(), policy.recovery.threshold.get()),
            quorum: policy.quorum.get(),
        }
    }

    /// A chatbot that is routed and left to itself fails when as many as the quorum are convinced. Where
    /// fewer have enough to say, all of them must be, each by as many times the evidence as are missing
    /// plus one, and the others together must not find it well. An observer of whom the window holds
    /// nothing has nothing to say, whatever its score was.
    pub(super) fn finding(&self, policy: &Policy, now: Timestamp) -> Finding {
        if !self.is_routed() || self.control.is_some() {
            return Finding::Fine;
        }
        let limits = self.limits(policy, now);
        let speaking: Vec<_> =
            self.evidence(policy, now).into_iter().filter(|(_, counts, _)| counts.total > 0).collect();
        let convinced = |times: u32| -> Vec<(Observer, Detector)> {
            let by = |(observer, counts, score): &(&Observer, Counts, u32)| {
                limits.by(*counts, *score, times).map(|by| ((*observer).clone(), by))
            };
            speaking.iter().filter_map(by).collect()
        };
        let able =
            |(_, counts, score): &&(&Observer, Counts, u32)| counts.total >= limits.minimum || *score >= limits.score;
        let present = u32::try_from(speaking.iter().filter(able).count()).unwrap_or(u32::MAX);
        if present >= limits.quorum {
            let witnesses = convinced(1);
            if witnesses.len() >= limits.quorum as usize {
                return Finding::Failing(witnesses);
            }
        } else if present > 0 {
            let witnesses = convinced(1 + limits.quorum - present);
            let others = speaking.iter().filter(|(observer, ..)| witnesses.iter().all(|(one, _)| one != *observer));
            let others = others.fold((0, 0, 0), |(total, failed, slow), (_, counts, _)| {
                (total + counts.total, failed + counts.failed, slow + counts.slow)
            });
            let (total, failed, slow) = others;
            let well = total > 0
                && share(failed, total) < f64::from(limits.failed)
                && share(slow, total) < f64::from(limits.slow);
            if witnesses.len() == present as usize && !well {
                return Finding::Failing(witnesses);
            }
        }
        // Who would be sure enough alone, against others who saw anything.
        let sure = convinced(2);
        if sure.is_empty() || sure.len() == speaking.len() {
            return Finding::Fine;
        }
        Finding::Outliers(sure.into_iter().map(|(observer, _)| observer).collect())
    }

    /// What is found and was not said before. Who stands against the others is said once, until it no
    /// longer does; a dry run says once what it would do; a chatbot is held no more once it is well,
    /// unless a probe is still to say so.
    pub(super) fn news(&mut self, policy: &Policy, now: Timestamp) -> Finding {
        let finding = self.finding(policy, now);
        let outliers = if let Finding::Outliers(outliers) = &finding { outliers.clone() } else { Vec::new() };
        let said: Vec<_> = self
            .observers
            .iter()
            .filter(|(_, watcher)| watcher.outlier)
            .map(|(observer, _)| observer.clone())
            .collect();
        for (observer, watcher) in &mut self.observers {
            watcher.outlier = outliers.contains(observer);
        }
        if let Finding::Failing(witnesses) = finding {
            let said = policy.dry_run && self.held == Some(Held::DryRun);
            return if said { Finding::Fine } else { Finding::Failing(witnesses) };
        }
        if self.check.is_none() {
            self.held = None;
        }
        let new: Vec<_> = outliers.into_iter().filter(|observer| !said.contains(observer)).collect();
        if new.is_empty() { Finding::Fine } else { Finding::Outliers(new) }
    }

    /// What those who found it failing saw.
    pub(super) fn witnesses(&self, found: Vec<(Observer, Detector)>, policy: &Policy, now: Timestamp) -> Vec<Witness> {
        let witness = |(observer, by): (Observer, Detector)| {
            let watcher = self.observers.get(&observer)?;
            let (counts, score, recent) = (watcher.counts(policy, now), watcher.score(), watcher.recent());
            Some(Witness { observer, by, counts, score, recent })
        };
        found.into_iter().filter_map(witness).collect()
    }
}
