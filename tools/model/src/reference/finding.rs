//! Findings of the reference model.

use centops_domain::{
    health::{Counts, Detector, Finding, Policy, Suppression, Witness},
    ingestion::Observer,
};
use jiff::{SignedDuration, Timestamp};

use super::chatbot::Chatbot;

/// The limits of the detectors, which are stricter after a recovery.
struct Limits {
    minimum: u32,
    failed: u32,
    slow: u32,
    score: u32,
    quorum: u32,
}

impl Limits {
    /// Returns the detector that triggers at `times` the usual evidence.
    fn detector(&self, counts: Counts, score: u32, times: u32) -> Option<Detector> {
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

/// Returns a share in percent. A whole quotient of small whole numbers is exact.
fn share(part: u32, total: u32) -> f64 {
    f64::from(part) * 100.0 / f64::from(total)
}

/// Returns the finding of these witnesses. With a DMR among them it fails; its own log is not believed alone.
fn failing(witnesses: Vec<(Observer, Detector)>) -> Finding {
    if witnesses.iter().any(|(observer, _)| observer.dmr().is_some()) {
        Finding::Failing(witnesses)
    } else {
        Finding::OwnLog
    }
}

impl Chatbot {
    /// Returns whether it recovered so recently that it opens more easily. A period of zero is off, even for a clock
    /// that is behind.
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

    /// Returns the finding for a routed chatbot under automatic control. It fails if the quorum of observers are
    /// witnesses. If fewer observers have enough observations, all of them must be witnesses, each with the evidence
    /// multiplied by one plus the number of missing observers, and the others together must not find it healthy. An
    /// observer with an empty window is ignored, whatever its score is.
    pub(super) fn finding(&self, policy: &Policy, now: Timestamp) -> Finding {
        if !self.is_routed() || self.control.is_some() {
            return Finding::Fine;
        }
        let limits = self.limits(policy, now);
        let active: Vec<_> = self.evidence(policy, now).into_iter().filter(|(_, counts, _)| counts.total > 0).collect();
        let convinced = |times: u32| -> Vec<(Observer, Detector)> {
            let by = |(observer, counts, score): &(&Observer, Counts, u32)| {
                limits.detector(*counts, *score, times).map(|by| ((*observer).clone(), by))
            };
            active.iter().filter_map(by).collect()
        };
        let sufficient =
            |(_, counts, score): &&(&Observer, Counts, u32)| counts.total >= limits.minimum || *score >= limits.score;
        let present = u32::try_from(active.iter().filter(sufficient).count()).unwrap_or(u32::MAX);
        if present >= limits.quorum {
            let witnesses = convinced(1);
            if witnesses.len() >= limits.quorum as usize {
                return failing(witnesses);
            }
        } else if present > 0 {
            let witnesses = convinced(1 + limits.quorum - present);
            let others = active.iter().filter(|(observer, ..)| witnesses.iter().all(|(one, _)| one != *observer));
            let others = others.fold((0, 0, 0), |(total, failed, slow), (_, counts, _)| {
                (total + counts.total, failed + counts.failed, slow + counts.slow)
            });
            let (total, failed, slow) = others;
            let healthy = total > 0
                && share(failed, total) < f64::from(limits.failed)
                && share(slow, total) < f64::from(limits.slow);
            if witnesses.len() == present as usize && !healthy {
                return failing(witnesses);
            }
        }
        // Observers with enough evidence to decide alone, while others have observations, too.
        let certain = convinced(2);
        if certain.is_empty() || certain.len() == active.len() {
            return Finding::Fine;
        }
        Finding::Outliers(certain.into_iter().map(|(observer, _)| observer).collect())
    }

    /// Returns the finding without what was reported before. An outlier is reported once, until it is no longer one; a
    /// dry run reports once; a suppression ends once the chatbot is healthy, unless a check is pending.
    pub(super) fn new_findings(&mut self, policy: &Policy, now: Timestamp) -> Finding {
        let finding = self.finding(policy, now);
        let outliers = match &finding {
            Finding::Outliers(outliers) => outliers.clone(),
            Finding::OwnLog => vec![Observer::Chatbot],
            Finding::Fine | Finding::Failing(_) => Vec::new(),
        };
        let outcome: Vec<_> =
            self.observers.iter().filter(|(_, log)| log.outlier).map(|(observer, _)| observer.clone()).collect();
        for (observer, log) in &mut self.observers {
            log.outlier = outliers.contains(observer);
        }
        if let Finding::Failing(witnesses) = &finding {
            let witnesses = witnesses.clone();
            let outcome = policy.dry_run && self.suppression == Some(Suppression::DryRun);
            return if outcome { Finding::Fine } else { Finding::Failing(witnesses) };
        }
        if self.check.is_none() {
            self.suppression = None;
        }
        let new: Vec<_> = outliers.into_iter().filter(|observer| !outcome.contains(observer)).collect();
        if new.is_empty() {
            Finding::Fine
        } else if finding == Finding::OwnLog {
            Finding::OwnLog
        } else {
            Finding::Outliers(new)
        }
    }

    /// Returns the evidence of the witnesses.
    pub(super) fn witnesses(&self, found: Vec<(Observer, Detector)>, policy: &Policy, now: Timestamp) -> Vec<Witness> {
        let witness = |(observer, by): (Observer, Detector)| {
            let log = self.observers.get(&observer)?;
            let (counts, score, recent) = (log.counts(policy, now), log.score(), log.recent());
            Some(Witness { observer, by, counts, score, recent })
        };
        found.into_iter().filter_map(witness).collect()
    }
}
