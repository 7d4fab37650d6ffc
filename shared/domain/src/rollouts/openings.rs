//! Whether the circuits of takers open more often than those of the other chatbots.
//!
//! A release may break chatbots after they have proved that they run it. Takers are compared with the others at the same
//! time, so what hits both cancels. Each opening is that of a taker with the chance π, the share of takers of all chatbots
//! that are Online just before, if the release makes no difference; and with `θπ ÷ (θπ + 1 − π)` if it makes openings `θ`
//! times as frequent. The mixture of the ratios over θ = 2, 4 … 64 is a martingale without a difference, whatever the rate
//! of openings is and however it changes (M. Lindon, A. Malek, Anytime-valid inference for multinomial count data, 2022).

use serde::{Deserialize, Serialize};

/// How many times as frequent openings may be among takers.
const TIMES: [f64; 6] = [2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The evidence that stops a rollout. So at most one of 2,000 stops without a difference, beside those that the stop rule
/// stops.
const STOPS: f64 = 2_000.0;

/// The parts of a natural logarithm that one is stored in.
const PARTS: f64 = 1_000_000.0;

/// The evidence that openings are more frequent among takers: for each of [`TIMES`], a logarithm in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Openings([i64; TIMES.len()]);

impl Openings {
    /// Returns the evidence after a further opening, of one of `takers` or of another of the `online` chatbots. Says nothing
    /// if all or none of them are takers.
    #[must_use]
    pub fn with(self, is_of_taker: bool, takers: u32, online: u32) -> Self {
        if takers == 0 || takers >= online {
            return self;
        }
        let share = f64::from(takers) / f64::from(online);
        Self(std::array::from_fn(|number| {
            let times = TIMES[number];
            let ratio = if is_of_taker { times } else { 1.0 } / (times * share + 1.0 - share);
            self.0[number].saturating_add(parts(ratio.ln()))
        }))
    }

    /// Returns whether the evidence stops the rollout.
    #[must_use]
    pub fn are_too_many(self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a logarithm in millionths has few digits")]
        let evidence = self.0.map(|logarithm| (logarithm as f64 / PARTS).exp());
        evidence.iter().sum::<f64>() >= STOPS * f64::from(u32::try_from(TIMES.len()).unwrap_or(u32::MAX))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a ratio of two counts is small")]
fn parts(logarithm: f64) -> i64 {
    (logarithm * PARTS).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the least number of openings of takers that stop a rollout after `others` of others, with this many takers
    /// of 1,000.
    fn needed(takers: u32, others: u32) -> u32 {
        let mut openings = (0..others).fold(Openings::default(), |openings, _| openings.with(false, takers, 1_000));
        let mut count = 0;
        while !openings.are_too_many() {
            openings = openings.with(true, takers, 1_000);
            count += 1;
        }
        count
    }

    #[test]
    fn as_many_openings_of_takers_stop_as_the_mixture_says() {
        // Computed from the mixture by another program.
        for (takers, others, expected) in [
            (10, 0, 3),
            (10, 5, 4),
            (10, 20, 5),
            (10, 100, 8),
            (100, 0, 5),
            (100, 5, 8),
            (100, 20, 13),
            (500, 0, 13),
            (500, 5, 28),
        ] {
            assert_eq!(needed(takers, others), expected, "{takers} takers, {others} others");
        }
    }

    #[test]
    fn openings_say_nothing_without_others_to_compare_with() {
        for (takers, online) in [(0, 100), (100, 100), (3, 0)] {
            let openings = (0..50).fold(Openings::default(), |openings, _| openings.with(true, takers, online));
            assert_eq!(openings, Openings::default(), "{takers} of {online}");
        }
    }

    #[test]
    fn outage_of_everybody_stops_nothing() {
        // 3,000 chatbots of which a tenth are takers open in turn; each was Online just before.
        let mut openings = Openings::default();
        let (mut takers, mut online) = (300, 3_000);
        for number in 0..3_000 {
            let is_of_taker = number % 10 == 0;
            openings = openings.with(is_of_taker, takers, online);
            assert!(!openings.are_too_many(), "after {number}");
            takers -= u32::from(is_of_taker);
            online -= 1;
        }
    }

    #[test]
    fn more_openings_of_takers_never_lower_the_evidence_and_those_of_others_never_raise_it() {
        let openings = Openings::default().with(true, 10, 100).with(false, 10, 100);
        for share in [1, 10, 50, 99] {
            let [more, less] = [true, false].map(|is_of_taker| openings.with(is_of_taker, share, 100));
            assert!(openings.0.iter().zip(more.0).all(|(before, after)| after >= *before), "{share}");
            assert!(openings.0.iter().zip(less.0).all(|(before, after)| after <= *before), "{share}");
        }
    }
}
