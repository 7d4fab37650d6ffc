//! Queries of events.

use std::{collections::BTreeSet, iter};

use centops_domain::alerts::EventType;
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::events::EVENT_RETENTION;
use crate::table::{self, Position};

/// The most by which the time of an event is ahead of the clock that reads it.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// A query of events.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// The earliest time, inclusive; the start of the retention time without it.
    pub from: Option<Timestamp>,
    /// The latest time, exclusive.
    pub to: Option<Timestamp>,
    /// Only events of these types; of all types if it is empty.
    pub types: BTreeSet<EventType>,
    /// The most events of the page.
    pub limit: usize,
    /// The position at which the page starts: the `next` of the previous page.
    pub after: Option<Position>,
}

/// The bounds of a page.
pub(super) struct Bounds {
    /// The earliest time, inclusive.
    pub(super) from: Timestamp,
    /// The sort key before which the events are, exclusive.
    pub(super) end: String,
}

impl EventQuery {
    /// Returns the bounds of the page at `now`. A further page keeps the lower bound of the first.
    pub(super) fn bounds(&self, now: Timestamp) -> Bounds {
        let from = self.from.or_else(|| self.after.as_ref().map(Position::from)).unwrap_or(Timestamp::MIN);
        let to = self.to.unwrap_or(Timestamp::MAX);
        let end = match &self.after {
            Some(position) if position.at() < to => position.sk().to_owned(),
            _ => table::time(to),
        };
        Bounds { from: from.max(now - EVENT_RETENTION), end }
    }

    /// Returns the days with events between `bounds` at `now`, newest first.
    pub(super) fn days(&self, bounds: &Bounds, now: Timestamp) -> impl Iterator<Item = Date> {
        let ends = [self.to, self.after.as_ref().map(Position::at), Some(now + CLOCK_SKEW)];
        let last = ends.into_iter().flatten().min().map(table::date);
        let is_over = last.is_some_and(|day| bounds.end == table::start_of_day(day));
        let first = table::date(bounds.from);
        iter::successors(last, |day| day.yesterday().ok())
            .skip(usize::from(is_over))
            .take_while(move |day| *day >= first)
    }
}
