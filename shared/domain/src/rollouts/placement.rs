//! Which chatbots a phase of a rollout includes.

use sha2::{Digest, Sha256};

use crate::notifications::Enrolment;

/// The place of an enrolment in a rollout, uniform over 64 bits. It is the same for the life of both, so the phases of a
/// rollout nest; another rollout orders the same chatbots differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placement(u64);

impl Placement {
    /// Returns the place of `enrolment` in the rollout with `salt`: the first eight bytes, big-endian, of the SHA-256 of
    /// the salt, the name and the time of the enrolment in Unix milliseconds, as texts with a zero byte in between.
    #[must_use]
    pub fn new(salt: &str, enrolment: &Enrolment) -> Self {
        let enrolled = enrolment.enrolled_at.as_millisecond().to_string();
        let text = [salt, enrolment.name.as_str(), &enrolled].join("\0");
        let digest = Sha256::digest(text);
        Self(digest.iter().take(8).fold(0, |place, byte| place << 8 | u64::from(*byte)))
    }

    /// Returns the place in ten-thousandths: a phase of a share includes those below the share.
    #[must_use]
    pub fn basis_points(self) -> u16 {
        // A product of 64 bits with less than 2^14 has its upper part below 10,000.
        u16::try_from((u128::from(self.0) * u128::from(Share::ALL.0)) >> 64).unwrap_or(u16::MAX)
    }

    /// Returns the place as a number, to order enrolments by.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A share of all chatbots in ten-thousandths, at most [`Share::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

/// A number of ten-thousandths that is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share has 1 to 10000 ten-thousandths")]
pub struct InvalidShare;

impl Share {
    /// All chatbots.
    pub const ALL: Self = Self(10_000);

    /// Returns whether the share includes `placement`.
    #[must_use]
    pub fn includes(self, placement: Placement) -> bool {
        placement.basis_points() < self.0
    }
}

impl TryFrom<u16> for Share {
    type Error = InvalidShare;

    fn try_from(basis_points: u16) -> Result<Self, InvalidShare> {
        if (1..=Self::ALL.0).contains(&basis_points) { Ok(Self(basis_points)) } else { Err(InvalidShare) }
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> Self {
        share.0
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn enrolment(name: &str, milliseconds: i64) -> Enrolment {
        let enrolled_at = Timestamp::from_millisecond(milliseconds).expect("a time");
        Enrolment { name: name.parse().expect("a good name"), enrolled_at }
    }

    #[test]
    fn placements_are_those_of_other_implementations() {
        // Computed by Python's hashlib.
        let salt = "01JD9Z5W8Q3V7X2N4B6C8D0E1F";
        for (milliseconds, place, basis_points) in
            [(1_795_251_906_007, 0x4182_f830_a544_7a5c, 2559), (1_795_251_906_008, 0x0083_d366_0fe8_1b99, 20)]
        {
            let placement = Placement::new(salt, &enrolment("tax-board", milliseconds));
            assert_eq!((placement.get(), placement.basis_points()), (place, basis_points));
        }
    }

    #[test]
    fn all_includes_the_last_place() {
        assert_eq!(Placement(u64::MAX).basis_points(), 9_999);
        assert!(Share::ALL.includes(Placement(u64::MAX)));
        assert!(Share::try_from(1).expect("a share").includes(Placement(0)));
        for wrong in [0, 10_001] {
            assert_eq!(Share::try_from(wrong), Err(InvalidShare));
        }
    }

    proptest! {
        #[test]
        fn larger_shares_include_smaller_ones(place: u64, one in 1..=10_000_u16, other in 1..=10_000_u16) {
            let [small, large] = [one.min(other), one.max(other)].map(|share| Share::try_from(share).expect("a share"));
            prop_assert!(!small.includes(Placement(place)) || large.includes(Placement(place)));
        }
    }

    #[test]
    fn shares_include_about_as_many_and_others_in_each_rollout() {
        let tenth = Share::try_from(1_000).expect("a share");
        let included = |salt| {
            let enrolments = (0..10_000).map(|number| enrolment(&format!("chatbot-{number}"), 1_795_251_906_000));
            enrolments.map(|one| tenth.includes(Placement::new(salt, &one))).collect::<Vec<_>>()
        };
        let [first, second] = ["first", "second"].map(included);
        let count = |included: &[bool]| included.iter().filter(|one| **one).count();
        // Five standard deviations of 30.
        for included in [&first, &second] {
            assert!((850..=1_150).contains(&count(included)), "{}", count(included));
        }
        let both = first.iter().zip(&second).filter(|(one, other)| **one && **other).count();
        assert!((50..=150).contains(&both), "{both}");
    }
}
