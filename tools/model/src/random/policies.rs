//! Random policies with small numbers, so that much happens in few steps.

use std::collections::BTreeMap;

use centops_domain::{chatbots::Name, health::Policy};
use deranged::{RangedU16, RangedU32};
use fastrand::Rng;

use super::scenario::Scenario;
use crate::history::Policies;

/// Returns random policies for a scenario. They share one cap.
pub(super) fn policies(rng: &mut Rng, names: &[Name], scenario: Scenario) -> Policies {
    let defaults = policy(rng, scenario);
    let mut own = BTreeMap::new();
    for name in names {
        if rng.u32(0..100) < 10 {
            own.insert(name.clone(), Policy { cap: defaults.cap, ..policy(rng, scenario) });
        }
    }
    Policies { defaults, own }
}

/// Changes some numbers. Leases, waits and silence keep theirs.
pub(super) fn changed(rng: &mut Rng, before: &Policies, scenario: Scenario) -> Policies {
    let mut after = before.clone();
    let other = policy(rng, scenario);
    vary(rng, &mut after.defaults, &other);
    if rng.u32(0..100) < 40 {
        after.defaults.cap = other.cap;
    }
    for own in after.own.values_mut() {
        vary(rng, own, &other);
        own.cap = after.defaults.cap;
    }
    after
}

fn vary(rng: &mut Rng, policy: &mut Policy, other: &Policy) {
    let mut often = || rng.u32(0..100) < 40;
    if often() {
        policy.window = other.window;
    }
    if often() {
        policy.rate = other.rate;
    }
    if often() {
        policy.fast = other.fast;
    }
    if often() {
        policy.quorum = other.quorum;
    }
    if often() {
        policy.recovery = other.recovery;
    }
    if often() {
        policy.probe.most_in_flight = other.probe.most_in_flight;
    }
    if often() {
        policy.dry_run = other.dry_run;
    }
}

fn one_of(rng: &mut Rng, values: &[u32]) -> u32 {
    values[rng.usize(..values.len())]
}

fn policy(rng: &mut Rng, scenario: Scenario) -> Policy {
    let mut policy = Policy::default();
    policy.window.bucket_seconds = RangedU32::new_saturating(one_of(rng, &[1, 5, 10, 30, 30, 60, 90]));
    policy.window.buckets = RangedU16::new_saturating(rng.u16(1..=12));
    policy.rate.minimum = RangedU32::new_saturating(rng.u32(2..=8));
    policy.rate.failure_percent = RangedU32::new_saturating(one_of(rng, &[20, 40, 50, 50, 75, 100]));
    policy.rate.slow_millis = RangedU32::new_saturating(1000);
    policy.rate.slow_percent = RangedU32::new_saturating(one_of(rng, &[50, 80, 80, 100]));
    policy.fast.threshold = RangedU32::new_saturating(one_of(rng, &[3, 5, 8, 13, 100]));
    policy.fast.recovery = RangedU32::new_saturating(rng.u32(1..=3));
    policy.quorum = RangedU32::new_saturating(one_of(rng, &[1, 2, 2, 2, 3]));
    policy.open.base_seconds = RangedU32::new_saturating(10);
    policy.open.cap_seconds = RangedU32::new_saturating(60);
    policy.probe.most_in_flight = RangedU32::new_saturating(one_of(rng, &[1, 1, 2, 3]));
    policy.probe.lease_seconds = RangedU32::new_saturating(20);
    policy.recovery.seconds = RangedU32::new_saturating(one_of(rng, &[0, 30, 300, 300]));
    policy.recovery.minimum = RangedU32::new_saturating(rng.u32(1..=4));
    policy.recovery.failure_percent = RangedU32::new_saturating(one_of(rng, &[10, 40, 60]));
    policy.recovery.threshold = RangedU32::new_saturating(rng.u32(2..=6));
    policy.silence.longest_seconds = RangedU32::new_saturating(600);
    policy.cap.percent = RangedU32::new_saturating(one_of(rng, &[0, 10, 30, 34, 50, 100]));
    policy.cap.resume_percent = RangedU32::new_saturating(one_of(rng, &[0, 20, 20, 50]));
    policy.dry_run = rng.u32(0..100) < 8;
    if scenario == Scenario::Flapping {
        policy.cap.percent = RangedU32::new_saturating(100);
        policy.dry_run = false;
    }
    policy
}
