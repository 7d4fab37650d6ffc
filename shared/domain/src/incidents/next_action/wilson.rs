//! The lower bound of a share, of which only a sample is known.

/// The quantile of the normal distribution for a confidence of 95 %, two-sided.
pub(super) const Z_95: f64 = 1.959_964;
/// The same for 99 %.
pub(super) const Z_99: f64 = 2.575_829;

/// Returns the lower bound of the Wilson score interval for `part` successes in `whole` trials, at the confidence of
/// the quantile `z`; zero without a trial.
///
/// Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American
/// Statistical Association 22, 1927.
pub(super) fn lower_bound(part: u32, whole: u32, z: f64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    let (part, whole) = (f64::from(part.min(whole)), f64::from(whole));
    let centre = part + z * z / 2.0;
    let margin = z * (part * (whole - part) / whole + z * z / 4.0).sqrt();
    ((centre - margin) / (whole + z * z)).max(0.0)
}

/// Returns `part` of `whole` as a share; zero of nothing.
pub(super) fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The values are those of R's `prop.test(part, whole, correct = FALSE)`.
    #[test]
    fn bound_is_that_of_the_literature() {
        for (part, whole, bound) in [(7, 9, 0.4526), (9, 10, 0.5958), (5, 5, 0.5655), (0, 5, 0.0), (50, 100, 0.4038)] {
            let found = lower_bound(part, whole, Z_95);
            assert!((found - bound).abs() < 5e-5, "{part} of {whole}: {found}");
        }
    }

    proptest! {
        #[test]
        fn bound_is_below_the_share_and_grows_with_the_evidence(part in 0_u32..200, rest in 0_u32..200) {
            let whole = part + rest;
            prop_assert!(lower_bound(part, whole, Z_95) <= share(part, whole));
            prop_assert!(lower_bound(part + 1, whole + 1, Z_95) >= lower_bound(part, whole, Z_95));
            prop_assert!(lower_bound(part, whole + 1, Z_95) <= lower_bound(part, whole, Z_95));
            prop_assert!(lower_bound(2 * part, 2 * whole, Z_95) >= lower_bound(part, whole, Z_95));
        }
    }
}
