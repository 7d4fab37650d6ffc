//! Compares 20,000 random histories, in which every kind of event occurs.
#![expect(clippy::panic, reason = "a difference is shown as it reads best")]

use std::ops::Range;

use centops_domain::health::FoldSummary;
use centops_model::{
    differential::{KINDS, Statistics},
    random::MIN_OBSERVATIONS,
    run::run,
};

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
fn first_ten_thousand_histories_have_no_difference() {
    run_part(0..10_000);
}

#[test]
fn second_ten_thousand_histories_have_no_difference() {
    run_part(10_000..20_000);
}
