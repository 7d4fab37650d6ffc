//! Sets of times.

use jiff::{SignedDuration, Timestamp};

/// A time from its start to its end, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The start.
    pub start: Timestamp,
    /// The end.
    pub end: Timestamp,
}

impl Period {
    /// Returns the length; zero if the end is before the start.
    #[must_use]
    pub fn length(self) -> SignedDuration {
        self.end.duration_since(self.start).max(SignedDuration::ZERO)
    }

    /// Returns the part that is in `other`; none if there is no such part.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        let common = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        Some(common).filter(|common| common.start < common.end)
    }
}

/// A set of times: periods in order, of which none touches the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<Period>);

impl Spans {
    /// Returns the times that are in any of `periods`.
    #[must_use]
    pub fn union(periods: impl IntoIterator<Item = Period>) -> Self {
        let mut all: Vec<_> = periods.into_iter().filter(|period| period.start < period.end).collect();
        all.sort_unstable();
        let mut merged: Vec<Period> = Vec::new();
        for period in all {
            match merged.last_mut() {
                Some(last) if period.start <= last.end => last.end = last.end.max(period.end),
                _ => merged.push(period),
            }
        }
        Self(merged)
    }

    /// Returns the periods, in order.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.0
    }

    /// Returns the times that are in `period` too.
    #[must_use]
    pub fn within(&self, period: Period) -> Self {
        Self(self.0.iter().filter_map(|own| own.within(period)).collect())
    }

    /// Returns the times that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for own in &self.0 {
            let mut start = own.start;
            for cut in other.0.iter().filter(|cut| cut.end > own.start && cut.start < own.end) {
                if start < cut.start {
                    left.push(Period { start, end: cut.start });
                }
                start = start.max(cut.end);
            }
            if start < own.end {
                left.push(Period { start, end: own.end });
            }
        }
        Self(left)
    }

    /// Returns the first times, `longest` in all.
    #[must_use]
    pub fn first(&self, longest: SignedDuration) -> Self {
        let mut left = longest;
        let mut first = Vec::new();
        for own in &self.0 {
            if left <= SignedDuration::ZERO {
                break;
            }
            let end = own.end.min(own.start.checked_add(left).unwrap_or(own.end));
            let taken = Period { start: own.start, end };
            left -= taken.length();
            first.push(taken);
        }
        Self(first)
    }

    /// Returns the length of all periods.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        self.0.iter().map(|period| period.length()).sum()
    }
}
