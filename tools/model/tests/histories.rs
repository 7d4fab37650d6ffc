//! 20,000 random histories without a difference, in which everything occurs that can.
#![expect(clippy::panic, reason = "a difference is shown as it reads best")]

use std::ops::Range;

use centops_domain::health::Folded;
use centops_model::{
    play::{KINDS, Tally},
    random::FEWEST_OBSERVATIONS,
    run::run,
};

/// The tests of a file run side by side, a part on each core.
fn play(numbers: Range<u64>) -> Tally {
    let count = numbers.end - numbers.start;
    let tally = run(1, numbers).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(tally.histories, count);
    assert!(tally.observations >= count * FEWEST_OBSERVATIONS as u64);
    let Folded { counted, late, repeated, before_enrolment, .. } = tally.folded;
    for often in [counted, late, repeated, before_enrolment] {
        assert!(often as u64 > count, "{:?}", tally.folded);
    }
    for kind in KINDS {
        let often = tally.facts.get(kind).copied().unwrap_or_default();
        assert!(often * 200 >= count, "{kind} occurs {often} times in {count} histories");
    }
    tally
}

#[test]
fn the_first_ten_thousand_have_no_difference() {
    play(0..10_000);
}

#[test]
fn the_second_ten_thousand_have_no_difference() {
    play(10_000..20_000);
}
