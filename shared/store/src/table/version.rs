//! The first version of an item.

use jiff::Timestamp;

/// The random bits of a first version.
const RANDOM_BITS: u32 = 20;

/// Returns a first version for an item that is created at `now`: the Unix milliseconds, followed by 20 random bits.
///
/// A condition on a version must not hold for another item that had the same key before. Milliseconds alone are not
/// enough: a creation that started before a removal can be carried out after it, and then has versions that the
/// removed item had, too. Two creations of different milliseconds are 2²⁰ versions apart, more than an item has writes
/// in that time; two of the same millisecond differ by chance. The result stays below 2⁶³ until the year 2248.
pub(crate) fn first_version(now: Timestamp) -> i64 {
    (now.as_millisecond() << RANDOM_BITS) | i64::from(fastrand::u32(0..1 << RANDOM_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_versions_of_different_milliseconds_are_far_apart() {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).expect("a time");
        let (first, second) = (at(1_795_000_000_000), at(1_795_000_000_001));
        for _ in 0..1000 {
            assert!(first_version(second) > first_version(first));
        }
        assert!(first_version(at(8_796_000_000_000)) > 0, "the year 2248");
    }
}
