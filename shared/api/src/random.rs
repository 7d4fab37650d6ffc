//! The random source of the functions.
//!
//! Nothing else makes random values: the domain and the store take them as arguments, so that tests choose them.

use crate::Problem;

/// Returns `N` bytes of the operating system's random source, fit for keys, codes and serial numbers.
///
/// # Errors
/// 500 when the operating system has none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Problem::internal)?;
    Ok(bytes)
}

/// Returns a number in `[0, 1)` that spreads retries in time (back-off with jitter). Not for secrets.
#[must_use]
pub fn jitter() -> f64 {
    fastrand::f64()
}
