//! The detectors: they decide from what each observer saw whether a chatbot fails.
//!
//! **The rate detector** looks at shares of the window: failures, or slow answers, once there is a
//! minimum of observations.
//!
//! **The fast detector** is a sequential test, Page's cumulative sum (E. S. Page, Continuous inspection
//! schemes, Biometrika 41, 1954): the score of an observer grows by one with a failure and falls by
//! `recovery` with anything else, never below zero; it alarms at `threshold`. It does not wait for a
//! share of the window to turn, so a total outage alarms after `threshold` observations, however many
//! good ones came before.
//!
//! What its parameters mean. With up +1 and down −2 it is the likelihood-ratio test of "a quarter of all
//! requests fails" against "95 % fail": one failure speaks ln(p₁/p₀) = 1.33 nats for the outage, one
//! success twice that against it, which holds at p₀ = 0.25 for p₁ = 0.948. How often it alarms falsely
//! follows from the gambler's ruin. Let x > 1 solve p·x + (1−p)·x⁻² = 1; at p = 0.25 it is
//! x = (3+√21)/2 = 3.79. x to the power of the score is a martingale, so an excursion (from a first
//! failure until the score is zero again) reaches h with a chance of less than x/xʰ: 1.1·10⁻⁷ at h = 13,
//! one in nine million, and 3.4·10⁻⁷ at 12, where one in a million is allowed. `make detector` confirms
//! both by an exact calculation and by simulation.
//!
//! What the score says grows stale: it starts anew once the window holds nothing of its observer.

use serde::{Deserialize, Serialize};

use crate::{
    health::{
        policy::{Judgement, Policy},
        window::Counts,
    },
    ingestion::observer::Observer,
};

/// What one observer has to say.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Who.
    pub observer: &'a Observer,
    /// What its window holds.
    pub counts: Counts,
    /// Its score.
    pub score: u32,
}

/// Which detector an observer's evidence satisfies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// The share of failures.
    FailureRate,
    /// The share of slow answers.
    SlowRate,
    /// The score.
    Fast,
}

/// What follows from all that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing is wrong, or too little was seen.
    Fine,
    /// These find the chatbot failing, and are not enough: others find it well.
    Outliers(Vec<Observer>),
    /// It fails: these say so, each by this detector.
    Failing(Vec<(Observer, Detector)>),
}

/// The score after an outcome.
#[must_use]
pub fn next_score(score: u32, judgement: Judgement, policy: &Policy) -> u32 {
    match judgement {
        Judgement::Failed => (score + 1).min(highest_score(policy)),
        Judgement::Fine | Judgement::Slow => score.saturating_sub(policy.fast.recovery.get()),
    }
}

/// More is not needed for any verdict, and would only take longer to forget.
fn highest_score(policy: &Policy) -> u32 {
    policy.fast.threshold.get() * policy.quorum.get().max(2)
}

/// Whether a chatbot fails. An observer is a witness when one detector is satisfied; as many as the
/// quorum decide, where that many have enough to say. Where fewer have, all of them must agree, each
/// with as many times the evidence as observers are missing plus one, and nothing that the others saw
/// may contradict: one bad DMR takes nobody out.
#[must_use]
pub fn find(seen: &[Evidence], policy: &Policy) -> Finding {
    let quorum = policy.quorum.get();
    let alarmed = |seen: &Evidence| seen.counts.total > 0 && seen.score >= policy.fast.threshold.get();
    let active = seen.iter().filter(|seen| seen.counts.total >= policy.rate.minimum.get() || alarmed(seen));
    let present = u32::try_from(active.count()).unwrap_or(u32::MAX).min(quorum);
    let factor = 1 + quorum - present;
    let witnesses = witnesses(seen, factor, policy);
    let lone = present < quorum;
    let agreed = present > 0 && witnesses.len() >= present as usize;
    if agreed && !(lone && contradicted(seen, &witnesses, policy)) {
        return Finding::Failing(witnesses);
    }
    // Who is sure enough to decide alone, and does not, stands against the others.
    let sure = self::witnesses(seen, 2, policy);
    let others = sure.len() < seen.iter().filter(|seen| seen.counts.total > 0).count();
    if sure.is_empty() || !others {
        return Finding::Fine;
    }
    Finding::Outliers(sure.into_iter().map(|(observer, _)| observer).collect())
}

fn witnesses(seen: &[Evidence], factor: u32, policy: &Policy) -> Vec<(Observer, Detector)> {
    let detected = |seen: &Evidence| detector(seen, factor, policy).map(|by| (seen.observer.clone(), by));
    seen.iter().filter_map(detected).collect()
}

/// The detector that is satisfied by `factor` times the usual evidence.
fn detector(Evidence { counts, score, .. }: &Evidence, factor: u32, policy: &Policy) -> Option<Detector> {
    let enough = counts.total >= policy.rate.minimum.get().saturating_mul(factor);
    if counts.total > 0 && *score >= policy.fast.threshold.get().saturating_mul(factor) {
        Some(Detector::Fast)
    } else if enough && reaches(counts.failed, counts.total, policy.rate.failure_percent.get()) {
        Some(Detector::FailureRate)
    } else if enough && reaches(counts.slow, counts.total, policy.rate.slow_percent.get()) {
        Some(Detector::SlowRate)
    } else {
        None
    }
}

fn reaches(part: u32, total: u32, percent: u32) -> bool {
    u64::from(part) * 100 >= u64::from(total) * u64::from(percent)
}

/// Whether all that the others saw, taken together, finds the chatbot well.
fn contradicted(seen: &[Evidence], witnesses: &[(Observer, Detector)], policy: &Policy) -> bool {
    let others = seen.iter().filter(|seen| witnesses.iter().all(|(witness, _)| witness != seen.observer));
    let sum = others.fold(Counts::default(), |sum, seen| sum.plus(seen.counts));
    sum.total > 0
        && !reaches(sum.failed, sum.total, policy.rate.failure_percent.get())
        && !reaches(sum.slow, sum.total, policy.rate.slow_percent.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(seen: &[(&str, u32, u32, u32)]) -> Finding {
        let policy = Policy::default(); // minimum 10, 50 %, slow 80 %, quorum 2, fast at 13
        let observers: Vec<_> = seen
            .iter()
            .map(|&(observer, failed, slow, total)| {
                (Observer::try_from(observer.to_owned()).expect("an observer"), Counts { total, failed, slow })
            })
            .collect();
        let seen: Vec<_> =
            observers.iter().map(|(observer, counts)| Evidence { observer, counts: *counts, score: 0 }).collect();
        find(&seen, &policy)
    }

    fn witnesses(seen: &[(&str, u32, u32, u32)]) -> usize {
        match verdict(seen) {
            Finding::Failing(witnesses) => witnesses.len(),
            Finding::Fine | Finding::Outliers(_) => 0,
        }
    }

    #[test]
    fn nobody_says_nothing() {
        assert_eq!(verdict(&[]), Finding::Fine);
        let short = [("chatbot", 9, 0, 9), ("dmr:tallinn", 9, 0, 9)];
        assert_eq!(verdict(&short), Finding::Fine, "one short of the minimum");
    }

    #[test]
    fn two_that_agree_suffice_at_the_exact_threshold() {
        assert_eq!(witnesses(&[("chatbot", 5, 0, 10), ("dmr:tallinn", 5, 0, 10)]), 2);
        assert_eq!(witnesses(&[("chatbot", 5, 0, 11), ("dmr:tallinn", 5, 0, 10)]), 0);
    }

    #[test]
    fn slow_answers_are_a_failure_of_their_own() {
        assert_eq!(witnesses(&[("dmr:narva", 0, 8, 10), ("dmr:tallinn", 0, 10, 10)]), 2);
        assert_eq!(witnesses(&[("dmr:narva", 0, 7, 10), ("dmr:tallinn", 0, 10, 10)]), 0);
    }

    #[test]
    fn one_bad_dmr_takes_nobody_out_and_is_named() {
        let tallinn = Observer::try_from("dmr:tallinn".to_owned()).expect("an observer");
        for others in [("chatbot", 0, 0, 10), ("dmr:narva", 1, 0, 50), ("dmr:narva", 0, 0, 1)] {
            let seen = [others, ("dmr:tallinn", 1000, 0, 1000)];
            assert_eq!(verdict(&seen), Finding::Outliers(vec![tallinn.clone()]), "{others:?}");
        }
        assert_eq!(witnesses(&[("chatbot", 0, 0, 90), ("dmr:narva", 20, 0, 20), ("dmr:tallinn", 20, 0, 20)]), 2);
    }

    #[test]
    fn a_lone_witness_needs_twice_the_minimum() {
        assert_eq!(witnesses(&[("dmr:tallinn", 19, 0, 19)]), 0);
        assert_eq!(witnesses(&[("dmr:tallinn", 20, 0, 20)]), 1);
        assert_eq!(witnesses(&[("dmr:tallinn", 20, 0, 20), ("chatbot", 9, 0, 9)]), 1, "9 do not contradict");
    }

    #[test]
    fn the_fast_detector_needs_no_share_of_the_window() {
        let policy = Policy::default();
        let observers = ["chatbot", "dmr:tallinn"].map(|text| Observer::try_from(text.to_owned()).expect("good"));
        let find = |score| {
            let counts = Counts { total: 1000, failed: score, slow: 0 };
            find(&observers.each_ref().map(|observer| Evidence { observer, counts, score }), &policy)
        };
        assert_eq!(find(12), Finding::Fine);
        let by_fast = observers.clone().map(|observer| (observer, Detector::Fast)).to_vec();
        assert_eq!(find(13), Finding::Failing(by_fast));
    }

    #[test]
    fn who_has_left_the_window_has_nothing_to_say() {
        let policy = Policy::default();
        let observers = ["chatbot", "dmr:tallinn"].map(|text| Observer::try_from(text.to_owned()).expect("good"));
        let [chatbot, tallinn] = observers.each_ref();
        let counts = Counts { total: 20, failed: 20, slow: 0 };
        let gone = Evidence { observer: chatbot, counts: Counts::default(), score: 26 };
        let failing = Finding::Failing(vec![(tallinn.clone(), Detector::FailureRate)]);
        assert_eq!(find(&[gone, Evidence { observer: tallinn, counts, score: 0 }], &policy), failing);
    }

    #[test]
    fn a_score_never_sinks_below_zero_nor_grows_without_end() {
        let policy = Policy::default();
        let after = |outcomes: &[Judgement]| outcomes.iter().fold(0, |score, &one| next_score(score, one, &policy));
        assert_eq!(after(&[Judgement::Fine, Judgement::Failed, Judgement::Failed, Judgement::Failed]), 3);
        assert_eq!(after(&[Judgement::Failed, Judgement::Failed, Judgement::Failed, Judgement::Slow]), 1);
        assert_eq!(after(&[Judgement::Failed; 1000]), 26);
    }
}
