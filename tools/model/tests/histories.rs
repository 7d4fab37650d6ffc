//! Compares random histories, in which every kind of event occurs: 4,000, or 20,000 when optimised.
#![expect(clippy::panic, reason = "a difference is shown as it reads best")]

use std::ops::Range;

use centops_domain::health::FoldSummary;
use centops_model::{
    differential::{KINDS, Statistics},
    random::MIN_OBSERVATIONS,
    run::run,
};

/// The number of histories of a part. Unoptimised, ten thousand take two minutes.
const PART: u64 = if cfg!(debug_assertions) { 2_000 } else { 10_000 };

/// Runs a part of the histories. The tests of a file run in parallel, one part per core.
fn run_part(numbers: Range<u64>) -> Statistics {
    let count = numbers.end - numbers.start;
    let statistics = run(1, numbers).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(statistics.histories, count);
    assert!(statistics.observations >= count * MIN_OBSERVATIONS as u64);
    let FoldSummary { counted, late, repeated, before_enrolment, .. } = statistics.folded;
    for often in [counted, late, repeated, before_enrolment] {
        assert!(often as u64 > count, "{:?}", statistics.folded);
    }
    for kind in KINDS {
        let often = statistics.events.get(kind).copied().unwrap_or_default();
        assert!(often * 200 >= count, "{kind} occurs {often} times in {count} histories");
    }
    statistics
}

#[test]
fn first_histories_have_no_difference() {
    run_part(0..PART);
}

#[test]
fn second_histories_have_no_difference() {
    run_part(PART..2 * PART);
}
