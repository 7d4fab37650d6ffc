//! Sequence numbers of messages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The sequence number of a message in its sender's queue. It grows from message to message of one sender. As text
/// decimal digits (SQS FIFO sequence numbers have 128 bits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sequence(u128);

impl From<u128> for Sequence {
    fn from(number: u128) -> Self {
        Self(number)
    }
}

impl FromStr for Sequence {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Pads to 39 digits, the length of the greatest number, so that texts sort like numbers.
impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:039}", self.0)
    }
}

impl From<Sequence> for u128 {
    fn from(sequence: Sequence) -> Self {
        sequence.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_hold_128_bits() {
        let text = u128::MAX.to_string();
        let sequence: Sequence = text.parse().expect("128 bits");
        assert_eq!(u128::from(sequence), u128::MAX);
        let smaller: Sequence = "18849496460467696128".parse().expect("a number");
        assert!(smaller < sequence && smaller.to_string() < sequence.to_string());
    }
}
