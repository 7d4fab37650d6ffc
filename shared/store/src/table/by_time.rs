//! Lists by time: their sort key is the time `#` an id. Their days are partitions, and a position is a sort key.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date, tz::Offset};

/// Returns the day of `at` (UTC).
pub(crate) fn date(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// Returns `at` with nine digits of the second, so that texts sort like times. It sorts before every sort key of `at`.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// Returns a sort key that sorts before every sort key of `day`.
pub(crate) fn start_of_day(day: impl fmt::Display) -> String {
    format!("{day}T00:00:00.000000000Z")
}

/// Returns the sort key of the item `id` of the time `at`.
pub(crate) fn time_sk(at: Timestamp, id: &str) -> String {
    format!("{}#{id}", time(at))
}

/// The most bytes of a sort key of DynamoDB. A query with a longer one fails.
const MAX_SORT_KEY: usize = 1024;

/// Cursor: the position after the last item, and the lower time bound of the query. `Display` and `FromStr` are its
/// wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    from: Timestamp,
    at: Timestamp,
    /// The sort key of the last item before the position, or a time before which no item was read.
    sk: String,
}

/// Error of parsing a [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a list by time")]
pub struct InvalidPosition;

impl Position {
    /// Returns the lower time bound of the query.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Returns the time of the position. All items after the position are of this time or earlier.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns the sort key after which the items follow, newest first.
    pub(crate) fn sk(&self) -> &str {
        &self.sk
    }

    /// Returns the position after `sk` in a query with the lower bound `from`.
    pub(crate) fn new(from: Timestamp, sk: &str) -> Result<Self, InvalidPosition> {
        let (text, _) = sk.split_once('#').unwrap_or((sk, ""));
        let at: Timestamp = text.parse().map_err(|_| InvalidPosition)?;
        let is_sort_key = time(at) == text && sk.len() <= MAX_SORT_KEY;
        is_sort_key.then(|| Self { from, at, sk: sk.to_owned() }).ok_or(InvalidPosition)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", time(self.from), self.sk)
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
        let longest = format!("{start}#{}", "x".repeat(MAX_SORT_KEY - start.len() - 1));
        for sk in [start, "2026-11-21T09:00:00.123456789Z#7f9c-1#x/y", &longest] {
            let position = Position::new(Timestamp::UNIX_EPOCH, sk).expect("a position");
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        let short = format!("{start}/2026-11-21T09:00:00Z#1");
        let too_long = format!("{start}/{longest}x");
        for bad in ["", "/", start, "yesterday/2026-11-21T00:00:00.000000000Z", &short, &too_long] {
            assert_eq!(bad.parse::<Position>(), Err(InvalidPosition), "{bad}");
        }
    }
}
