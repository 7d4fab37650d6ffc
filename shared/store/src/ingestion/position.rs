//! Positions in a log.

use std::{fmt, str::FromStr};

use centops_domain::ingestion::Sequence;
use jiff::Timestamp;

/// Cursor: the position of an entry by its time, its message, and its index in the message. `Display` and `FromStr` are
/// its wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub(super) at: Timestamp,
    pub(super) sequence: Sequence,
    pub(super) index: u16,
}

/// Error of parsing a [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a log")]
pub struct InvalidPosition;

impl Position {
    /// Returns the position after all entries of the minute that starts at `minute`. No sequence number is zero.
    pub(super) fn before_minute(minute: i64) -> Option<Self> {
        let at = Timestamp::from_millisecond(minute).ok()?;
        Some(Self { at, sequence: 0.into(), index: 0 })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.at.as_nanosecond(), u128::from(self.sequence), self.index)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let mut parts = text.split('/');
        let (Some(at), Some(sequence), Some(index), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidPosition);
        };
        let at = at.parse().ok().and_then(|at| Timestamp::from_nanosecond(at).ok()).ok_or(InvalidPosition)?;
        let sequence = sequence.parse().map_err(|_| InvalidPosition)?;
        Ok(Self { at, sequence, index: index.parse().map_err(|_| InvalidPosition)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_restores_the_displayed_position() {
        let position = Position { at: Timestamp::MAX, sequence: Sequence::from(u128::MAX), index: u16::MAX };
        assert_eq!(position.to_string().parse(), Ok(position));
        for bad in ["", "1", "1/2", "1/2/x", "1/2/3/4", "1/-2/3", "99999999999999999999999999999999/1/1"] {
            assert_eq!(bad.parse::<Position>(), Err(InvalidPosition), "{bad}");
        }
    }
}
