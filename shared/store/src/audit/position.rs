//! Positions in the audit trail.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::keys;

/// Cursor: the position after the last record, and the lower time bound of the query. `Display` and `FromStr` are its
/// wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    from: Timestamp,
    at: Timestamp,
    /// The sort key of the last record before the position, or a time before which no record was read.
    sk: String,
}

/// Error of parsing a [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the audit trail")]
pub struct InvalidPosition;

impl Position {
    /// Returns the lower time bound of the query.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Returns the time of the position. All records after the position are of this time or earlier.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    pub(super) fn sk(&self) -> &str {
        &self.sk
    }

    pub(super) fn new(from: Timestamp, sk: &str) -> Result<Self, InvalidPosition> {
        let (time, _) = sk.split_once('#').unwrap_or((sk, ""));
        let at: Timestamp = time.parse().map_err(|_| InvalidPosition)?;
        if keys::time(at) == time { Ok(Self { from, at, sk: sk.to_owned() }) } else { Err(InvalidPosition) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", keys::time(self.from), self.sk)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (from, sk) = text.split_once('/').ok_or(InvalidPosition)?;
        Self::new(from.parse().map_err(|_| InvalidPosition)?, sk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_restores_the_displayed_position() {
        let start = "2026-11-21T00:00:00.000000000Z";
        for sk in [start, "2026-11-21T09:00:00.123456789Z#7f9c-1#x/y"] {
            let position = Position::new(Timestamp::UNIX_EPOCH, sk).expect("a position");
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        let short = format!("{start}/2026-11-21T09:00:00Z#1");
        for bad in ["", "/", start, "yesterday/2026-11-21T00:00:00.000000000Z", &short] {
            assert_eq!(bad.parse::<Position>(), Err(InvalidPosition), "{bad}");
        }
    }
}
