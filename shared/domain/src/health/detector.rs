//! The detectors, which decide from the observations of all observers whether a chatbot fails.
//!
//! **The rate detector** compares shares of the window with limits: failures, or slow responses, once there is a
//! minimum of observations.
//!
//! **The fast detector** is a sequential test, Page's cumulative sum (E. S. Page, Continuous inspection schemes,
//! Biometrika 41, 1954): the score of an observer grows by one per failure and falls by `recovery` per other outcome,
//! never below zero; it alarms at `threshold`. It does not depend on a share of the window, so a total outage alarms
//! after `threshold` observations, regardless of earlier successes.
//!
//! The choice of its parameters: with +1 and −2 it is the likelihood-ratio test of "25 % of all requests fail" against
//! "95 % fail". One failure is evidence of ln(p₁/p₀) = 1.33 nats for the outage, one success of twice that against it;
//! this holds at p₀ = 0.25 for p₁ = 0.948. The rate of false alarms follows from the gambler's ruin. Let x > 1 solve
//! p·x + (1−p)·x⁻² = 1; at p = 0.25 it is x = (3+√21)/2 = 3.79. x to the power of the score is a martingale, so an
//! excursion (from a first failure until the score is zero again) reaches h with a probability below x/xʰ: 1.1·10⁻⁷ at
//! h = 13, one in nine million, and 3.4·10⁻⁷ at h = 12, where one in a million is allowed. `make detector` confirms
//! both by an exact calculation and by simulation.
//!
//! A score expires: it is reset once the window contains no observation of its observer.

use serde::{Deserialize, Serialize};

use crate::{
    health::{
        policy::{Judgement, Policy},
        window::Counts,
    },
    ingestion::observer::Observer,
};

/// The evidence of one observer.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The observer.
    pub observer: &'a Observer,
    /// The counts of its window.
    pub counts: Counts,
    /// Its score.
    pub score: u32,
}

/// A detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// The share of failures.
    FailureRate,
    /// The share of slow responses.
    SlowRate,
    /// The score.
    Fast,
}

/// The finding of the detectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No failure, or too few observations.
    Fine,
    /// These observers find the chatbot failing, but are outvoted by others.
    Outliers(Vec<Observer>),
    /// The chatbot's own log alone finds it failing. A chatbot that logs errors may answer all the same, so a probe
    /// decides.
    OwnLog,
    /// The chatbot fails, according to these observers and detectors.
    Failing(Vec<(Observer, Detector)>),
}

/// Returns the score after an outcome.
#[must_use]
pub fn next_score(score: u32, judgement: Judgement, policy: &Policy) -> u32 {
    match judgement {
        Judgement::Failed => (score + 1).min(highest_score(policy)),
        Judgement::Fine | Judgement::Slow => score.saturating_sub(policy.fast.recovery.get()),
    }
}

/// Returns the cap of the score. A higher score would change no finding and only take longer to decay.
fn highest_score(policy: &Policy) -> u32 {
    policy.fast.threshold.get() * policy.quorum.get().max(2)
}

/// Returns whether the chatbot fails. An observer is a witness if one detector triggers. If at least the quorum of
/// observers have enough observations, the quorum of witnesses decides. If fewer have, all of them must be witnesses,
/// each with the evidence multiplied by one plus the number of missing observers, and the other observations together
/// must not contradict. So one faulty DMR ejects nobody. The chatbot's own log decides nothing alone.
#[must_use]
pub fn evaluate(evidence: &[Evidence], policy: &Policy) -> Finding {
    let quorum = policy.quorum.get();
    let alarmed = |one: &Evidence| one.counts.total > 0 && one.score >= policy.fast.threshold.get();
    let active = evidence.iter().filter(|one| one.counts.total >= policy.rate.minimum.get() || alarmed(one));
    let present = u32::try_from(active.count()).unwrap_or(u32::MAX).min(quorum);
    let factor = 1 + quorum - present;
    let witnesses = witnesses(evidence, factor, policy);
    let below_quorum = present < quorum;
    let agreed = present > 0 && witnesses.len() >= present as usize;
    if agreed && !(below_quorum && contradicted(evidence, &witnesses, policy)) {
        let is_own_log = witnesses.iter().all(|(observer, _)| *observer == Observer::Chatbot);
        return if is_own_log { Finding::OwnLog } else { Finding::Failing(witnesses) };
    }
    // An observer with enough evidence to decide alone, but outvoted, is an outlier.
    let certain = self::witnesses(evidence, 2, policy);
    let outvoted = certain.len() < evidence.iter().filter(|one| one.counts.total > 0).count();
    if certain.is_empty() || !outvoted {
        return Finding::Fine;
    }
    Finding::Outliers(certain.into_iter().map(|(observer, _)| observer).collect())
}

/// Returns the observers for which a detector triggers at `factor` times the usual evidence.
fn witnesses(evidence: &[Evidence], factor: u32, policy: &Policy) -> Vec<(Observer, Detector)> {
    let detected = |one: &Evidence| detector(one, factor, policy).map(|by| (one.observer.clone(), by));
    evidence.iter().filter_map(detected).collect()
}

/// Returns the detector that triggers at `factor` times the usual evidence.
fn detector(Evidence { counts, score, .. }: &Evidence, factor: u32, policy: &Policy) -> Option<Detector> {
    let enough = counts.total >= policy.rate.minimum.get().saturating_mul(factor);
    if counts.total > 0 && *score >= policy.fast.threshold.get().saturating_mul(factor) {
        Some(Detector::Fast)
    } else if enough && is_at_least(counts.failed, counts.total, policy.rate.failure_percent.get()) {
        Some(Detector::FailureRate)
    } else if enough && is_at_least(counts.slow, counts.total, policy.rate.slow_percent.get()) {
        Some(Detector::SlowRate)
    } else {
        None
    }
}

fn is_at_least(part: u32, total: u32, percent: u32) -> bool {
    u64::from(part) * 100 >= u64::from(total) * u64::from(percent)
}

/// Returns whether the observations of all non-witnesses together find the chatbot healthy.
fn contradicted(evidence: &[Evidence], witnesses: &[(Observer, Detector)], policy: &Policy) -> bool {
    let others = evidence.iter().filter(|one| witnesses.iter().all(|(witness, _)| witness != one.observer));
    let sum = others.fold(Counts::default(), |sum, one| sum.plus(one.counts));
    sum.total > 0
        && !is_at_least(sum.failed, sum.total, policy.rate.failure_percent.get())
        && !is_at_least(sum.slow, sum.total, policy.rate.slow_percent.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(evidence: &[(&str, u32, u32, u32)]) -> Finding {
        let policy = Policy::default(); // minimum 10, 50 %, slow 80 %, quorum 2, fast at 13
        let observers: Vec<_> = evidence
            .iter()
            .map(|&(observer, failed, slow, total)| {
                (Observer::try_from(observer.to_owned()).expect("an observer"), Counts { total, failed, slow })
            })
            .collect();
        let evidence: Vec<_> =
            observers.iter().map(|(observer, counts)| Evidence { observer, counts: *counts, score: 0 }).collect();
        evaluate(&evidence, &policy)
    }

    fn witnesses(evidence: &[(&str, u32, u32, u32)]) -> usize {
        match finding(evidence) {
            Finding::Failing(witnesses) => witnesses.len(),
            Finding::Fine | Finding::Outliers(_) | Finding::OwnLog => 0,
        }
    }

    #[test]
    fn too_few_observations_give_no_finding() {
        assert_eq!(finding(&[]), Finding::Fine);
        let short = [("chatbot", 9, 0, 9), ("dmr:tallinn", 9, 0, 9)];
        assert_eq!(finding(&short), Finding::Fine, "one short of the minimum");
    }

    #[test]
    fn two_witnesses_decide_at_the_exact_threshold() {
        assert_eq!(witnesses(&[("chatbot", 5, 0, 10), ("dmr:tallinn", 5, 0, 10)]), 2);
        assert_eq!(witnesses(&[("chatbot", 5, 0, 11), ("dmr:tallinn", 5, 0, 10)]), 0);
    }

    #[test]
    fn slow_responses_count_as_failing() {
        assert_eq!(witnesses(&[("dmr:narva", 0, 8, 10), ("dmr:tallinn", 0, 10, 10)]), 2);
        assert_eq!(witnesses(&[("dmr:narva", 0, 7, 10), ("dmr:tallinn", 0, 10, 10)]), 0);
    }

    #[test]
    fn one_faulty_dmr_is_an_outlier_and_ejects_nobody() {
        let tallinn = Observer::try_from("dmr:tallinn".to_owned()).expect("an observer");
        for others in [("chatbot", 0, 0, 10), ("dmr:narva", 1, 0, 50), ("dmr:narva", 0, 0, 1)] {
            let evidence = [others, ("dmr:tallinn", 1000, 0, 1000)];
            assert_eq!(finding(&evidence), Finding::Outliers(vec![tallinn.clone()]), "{others:?}");
        }
        assert_eq!(witnesses(&[("chatbot", 0, 0, 90), ("dmr:narva", 20, 0, 20), ("dmr:tallinn", 20, 0, 20)]), 2);
    }

    #[test]
    fn lone_witness_needs_twice_the_minimum() {
        assert_eq!(witnesses(&[("dmr:tallinn", 19, 0, 19)]), 0);
        assert_eq!(witnesses(&[("dmr:tallinn", 20, 0, 20)]), 1);
        assert_eq!(witnesses(&[("dmr:tallinn", 20, 0, 20), ("chatbot", 9, 0, 9)]), 1, "9 do not contradict");
    }

    #[test]
    fn own_log_alone_ejects_nobody() {
        for others in [vec![], vec![("dmr:tallinn", 0, 0, 0)], vec![("dmr:tallinn", 9, 0, 9)]] {
            let evidence = [vec![("chatbot", 20, 0, 20)], others].concat();
            assert_eq!(finding(&evidence), Finding::OwnLog, "{evidence:?}");
        }
        assert_eq!(finding(&[("chatbot", 19, 0, 19)]), Finding::Fine);
        assert_eq!(
            finding(&[("chatbot", 20, 0, 20), ("dmr:tallinn", 0, 0, 9)]),
            Finding::Outliers(vec![Observer::Chatbot])
        );
        assert_eq!(witnesses(&[("chatbot", 10, 0, 10), ("dmr:tallinn", 10, 0, 10)]), 2);
    }

    #[test]
    fn fast_detector_ignores_the_share_of_the_window() {
        let policy = Policy::default();
        let observers = ["chatbot", "dmr:tallinn"].map(|text| Observer::try_from(text.to_owned()).expect("good"));
        let by_score = |score| {
            let counts = Counts { total: 1000, failed: score, slow: 0 };
            evaluate(&observers.each_ref().map(|observer| Evidence { observer, counts, score }), &policy)
        };
        assert_eq!(by_score(12), Finding::Fine);
        let by_fast = observers.clone().map(|observer| (observer, Detector::Fast)).to_vec();
        assert_eq!(by_score(13), Finding::Failing(by_fast));
    }

    #[test]
    fn score_outside_the_window_is_ignored() {
        let policy = Policy::default();
        let observers = ["chatbot", "dmr:tallinn"].map(|text| Observer::try_from(text.to_owned()).expect("good"));
        let [chatbot, tallinn] = observers.each_ref();
        let counts = Counts { total: 20, failed: 20, slow: 0 };
        let gone = Evidence { observer: chatbot, counts: Counts::default(), score: 26 };
        let failing = Finding::Failing(vec![(tallinn.clone(), Detector::FailureRate)]);
        assert_eq!(evaluate(&[gone, Evidence { observer: tallinn, counts, score: 0 }], &policy), failing);
    }

    #[test]
    fn score_stays_between_zero_and_its_cap() {
        let policy = Policy::default();
        let after = |outcomes: &[Judgement]| outcomes.iter().fold(0, |score, &one| next_score(score, one, &policy));
        assert_eq!(after(&[Judgement::Fine, Judgement::Failed, Judgement::Failed, Judgement::Failed]), 3);
        assert_eq!(after(&[Judgement::Failed, Judgement::Failed, Judgement::Failed, Judgement::Slow]), 1);
        assert_eq!(after(&[Judgement::Failed; 1000]), 26);
    }
}
