//! When a rollout stops: a sequential test on takers.
//!
//! The evidence that a release fails more often than noise is a mixture of likelihood ratios,
//! `E(G, F) = ⅕ Σ (pⱼ ÷ p₀)^F · ((1 − pⱼ) ÷ (1 − p₀))^(G − F)`, of `G` takers with `F` failures, with `p₀` = 2 % and `pⱼ` =
//! 4, 8, 15, 30 and 60 %. At or below 2 % it is a non-negative supermartingale, so the probability that it ever reaches
//! `x` is at most `1 ÷ x` (Ville's inequality), in whatever order and however late failures are reported: failures that are
//! known are at most those that happened among the takers. The limits are tables of integers: `make stop-rule`
//! computes the least number of failures for each number of takers, and prints the exact rates of error.

mod table;

/// The largest number of takers that the tables know. Further takers do not raise the limits.
pub const HORIZON: u32 = 10_000;

/// The number of takers of a block, in which the test starts anew, so that a release that turns bad late is found.
pub const BLOCK: u32 = 1_000;

/// Limits of failures by the number of takers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The least number of failures that stops anything.
    first: u32,
    /// `takers[k]` is the largest number of takers of which `first + k` failures are too many.
    takers: &'static [u32],
}

/// The limits over a whole rollout: evidence of 1,000.
pub const WHOLE: Limits = Limits { first: table::WHOLE_FIRST, takers: &table::WHOLE };

/// The limits within a block: evidence of 20,000, because a rollout has many.
pub const WITHIN_BLOCK: Limits = Limits { first: table::BLOCK_FIRST, takers: &table::BLOCK };

impl Limits {
    /// Returns whether `failed` of `taken` takers are too many.
    #[must_use]
    pub fn are_reached(self, taken: u32, failed: u32) -> bool {
        let Some(step) = failed.checked_sub(self.first) else { return false };
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        self.takers.get(step).is_none_or(|most| taken.min(HORIZON) <= *most)
    }

    /// Returns the least number of failures of `taken` takers that is too many, or one more than `taken` if none is.
    #[must_use]
    pub fn least(self, taken: u32) -> u32 {
        (0..=taken).find(|failed| self.are_reached(taken, *failed)).unwrap_or(taken.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_derivation() {
        // The first numbers of takers at which one failure more is allowed.
        for (taken, failed) in
            [(3, 3), (6, 4), (13, 5), (22, 6), (34, 7), (49, 8), (65, 9), (83, 10), (101, 11), (121, 12)]
        {
            assert_eq!(WHOLE.least(taken), failed, "{taken}");
            assert!(failed == 3 || WHOLE.least(taken - 1) == failed - 1, "{taken}");
        }
        assert_eq!([WHOLE.least(1_000), WHOLE.least(HORIZON), WHOLE.least(HORIZON + 1)], [41, 301, 301]);
    }

    #[test]
    fn two_takers_never_stop_a_rollout() {
        for taken in 0..3 {
            assert_eq!(WHOLE.least(taken), taken + 1);
        }
    }

    #[test]
    fn more_takers_never_lower_a_limit() {
        for limits in [WHOLE, WITHIN_BLOCK] {
            assert!(limits.takers.is_sorted_by(|one, next| one < next));
            for taken in 3..2_000 {
                assert!(limits.least(taken) <= limits.least(taken + 1), "{taken}");
            }
        }
    }

    #[test]
    fn blocks_need_more_evidence() {
        for taken in 0..=BLOCK {
            assert!(WITHIN_BLOCK.least(taken) >= WHOLE.least(taken), "{taken}");
        }
    }
}
