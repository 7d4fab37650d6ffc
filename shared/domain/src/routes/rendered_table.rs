//! The route table as the text that is answered: made once, kept, and brought up to date from the change
//! log, so that neither an unchanged table nor a changed one is made from its routes again.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    chatbots::name::Name,
    routes::{
        change_log::{ChangeLogEntry, RouteChanges},
        rendered_routes::{RenderedRoutes, text_of},
        route::{Head, Revision, Route},
    },
};

/// So many revisions are kept to answer deltas from.
const REVISIONS_KEPT: usize = 1000;

/// A table that is not what it says. It is not to be answered: read it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTable {
    /// Not one route a line, by name.
    #[error("the table's text is not one route a line, by name")]
    Form,
    /// Not as many routes as its head says.
    #[error("the table has {found} routes at revision {revision} and not {expected}")]
    Count {
        /// Of the table.
        revision: Revision,
        /// What its head says.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// The change log does not go on where the table ends.
    #[error("the change log goes on at revision {0}")]
    Gap(Revision),
}

/// The whole table at one revision, as text, and the newest part of the change log.
#[derive(Clone, Debug)]
pub struct RenderedTable {
    /// Of the newest entry of the log, or of the routes.
    head: Head,
    /// At some revision up to that of `head`: the rest of the log leads from there.
    routes: RenderedRoutes,
    merged: Revision,
    log: VecDeque<ChangeLogEntry>,
}

impl RenderedTable {
    /// The table of `routes` at `head`.
    ///
    /// # Errors
    /// When they are not as many as the head says.
    pub fn new(head: Head, routes: &BTreeMap<Name, Route>) -> Result<Self, InvalidTable> {
        let mut text = RenderedRoutes::default();
        for route in routes.values() {
            text.push(&text_of(route));
        }
        Self::checked(head, text)
    }

    /// The table at `head` of what [`RenderedTable::lines`] gave.
    ///
    /// # Errors
    /// When that is not so.
    pub fn from_lines(head: Head, lines: String) -> Result<Self, InvalidTable> {
        let mut bytes = lines.into_bytes();
        if bytes.pop().is_some_and(|last| last != b'\n') {
            return Err(InvalidTable::Form);
        }
        let mut ends = Vec::with_capacity(usize::try_from(head.count).unwrap_or_default());
        for (place, byte) in bytes.iter_mut().enumerate() {
            if *byte == b'\n' {
                *byte = b',';
                ends.push(place);
            }
        }
        if !bytes.is_empty() {
            ends.push(bytes.len());
        }
        let text = String::from_utf8(bytes).map_err(|_| InvalidTable::Form)?;
        let routes = RenderedRoutes { text, ends };
        let ordered = (1..routes.ends.len()).all(|place| routes.name(place - 1) < routes.name(place));
        if !ordered || (routes.count() > 0 && routes.name(0).is_empty()) {
            return Err(InvalidTable::Form);
        }
        Self::checked(head, routes)
    }

    fn checked(head: Head, routes: RenderedRoutes) -> Result<Self, InvalidTable> {
        count(head, &routes)?;
        Ok(Self { head, routes, merged: head.revision, log: VecDeque::new() })
    }

    /// The table in three numbers.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Goes on by `entries` of the change log. None of them is applied where one is missing.
    ///
    /// # Errors
    /// When one is missing, or the routes come out not as many as they should.
    pub fn advance(&mut self, entries: Vec<ChangeLogEntry>) -> Result<(), InvalidTable> {
        for (expected, entry) in (self.head.revision + 1..).zip(&entries) {
            if entry.head.revision != expected {
                return Err(InvalidTable::Gap(entry.head.revision));
            }
        }
        if let Some(last) = entries.last() {
            self.head = last.head;
        }
        self.log.extend(entries);
        if self.log.len() > REVISIONS_KEPT {
            self.merge()?;
            self.log.drain(..self.log.len() - REVISIONS_KEPT);
        }
        Ok(())
    }

    /// Brings the text to the newest revision.
    fn merge(&mut self) -> Result<(), InvalidTable> {
        let ahead = self.log.iter().filter(|entry| entry.head.revision > self.merged);
        let mut changes = ahead.flat_map(|entry| &entry.changes).peekable();
        if changes.peek().is_some() {
            let next = self.routes.changed(changes);
            count(self.head, &next)?;
            self.routes = next;
        }
        self.merged = self.head.revision;
        Ok(())
    }

    /// The body of the answer: the head and every route.
    ///
    /// # Errors
    /// When the routes come out not as many as they should: the table is not to be used any more.
    pub fn body(&mut self) -> Result<String, InvalidTable> {
        self.merge()?;
        let routes = &self.routes.text;
        let mut body = String::with_capacity(routes.len() + 128);
        body.push_str(&opening(self.head));
        body.push_str(routes);
        body.push_str("]}");
        Ok(body)
    }

    /// Every route, one a line, in pieces of at most about `bytes` bytes.
    ///
    /// # Errors
    /// When the routes come out not as many as they should.
    pub fn lines(&mut self, bytes: usize) -> Result<Vec<String>, InvalidTable> {
        self.merge()?;
        let (routes, mut pieces, mut from) = (&self.routes, Vec::new(), 0);
        while from < routes.ends.len() {
            let start = routes.start(from);
            let fits = routes.ends.partition_point(|end| end - start.min(*end) < bytes).max(from + 1);
            let mut piece = String::with_capacity(bytes);
            for place in from..fits {
                piece.push_str(routes.text.get(routes.start(place)..routes.ends[place]).unwrap_or_default());
                piece.push('\n');
            }
            pieces.push(piece);
            from = fits;
        }
        Ok(pieces)
    }

    /// The changes after `since`, where the kept part of the log has them all.
    #[must_use]
    pub fn changes(&self, since: Revision) -> Option<RouteChanges> {
        let behind = usize::try_from(self.head.revision.checked_sub(since)?).ok()?;
        let from = self.log.len().checked_sub(behind)?;
        RouteChanges::from_log(since, self.head, self.log.range(from..))
    }

    /// The routes as values, by name.
    ///
    /// # Errors
    /// When the text is not what it should be.
    pub fn routes(&mut self) -> Result<Vec<Route>, InvalidTable> {
        self.merge()?;
        serde_json::from_str(&format!("[{}]", self.routes.text)).map_err(|_| InvalidTable::Form)
    }
}

fn count(Head { revision, count: expected, .. }: Head, routes: &RenderedRoutes) -> Result<(), InvalidTable> {
    let found = routes.count();
    if found == expected { Ok(()) } else { Err(InvalidTable::Count { revision, expected, found }) }
}

/// The body of a page of the table of `head`: `lines` as [`RenderedTable::lines`] gave them, and the cursor
/// of the next page.
#[must_use]
pub fn render_page(head: Head, lines: &str, next: Option<&str>) -> String {
    let routes = lines.trim_end_matches('\n').replace('\n', ",");
    let next = next.map(|next| format!(",\"next\":\"{next}\"")).unwrap_or_default();
    format!("{}{routes}]{next}}}", opening(head))
}

fn opening(Head { revision, time, count }: Head) -> String {
    format!("{{\"revision\":{revision},\"time\":\"{time}\",\"count\":{count},\"routes\":[")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::routes::change_log::tests::{Plain, name, played, revisions, route};

    #[derive(Deserialize)]
    struct Body {
        #[serde(flatten)]
        head: Head,
        routes: Vec<Route>,
        next: Option<String>,
    }

    fn read(body: &str) -> (Head, Plain, Option<String>) {
        let body: Body = serde_json::from_str(body).expect("a body");
        assert!(body.routes.is_sorted_by(|one, other| one.name < other.name), "by name");
        (body.head, body.routes.into_iter().map(|route| (route.name.clone(), route)).collect(), body.next)
    }

    fn head(count: u64) -> Head {
        Head { count, ..Head::EMPTY }
    }

    proptest! {
        /// However it is brought up to date, in whatever steps, the text is that of the plain table, and so
        /// are the deltas and the lines.
        #[test]
        fn the_text_is_that_of_the_plain_table(
            history in revisions(),
            from in any::<prop::sample::Index>(),
            steps in prop::collection::vec(1..6_usize, 1..40),
            piece in 1..4000_usize,
        ) {
            let (tables, log) = played(history);
            let from = from.index(tables.len());
            let start = from.checked_sub(1).map_or(Head::EMPTY, |before| log[before].head);
            let mut rendered = RenderedTable::new(start, &tables[from]).expect("a table");
            let (mut rest, mut at) = (&log[from..], from);
            for step in steps {
                let (now, later) = rest.split_at(step.min(rest.len()));
                rendered.advance(now.to_vec()).expect("no gap");
                (rest, at) = (later, at + now.len());
                if step % 2 == 0 {
                    let (head, routes, _) = read(&rendered.body().expect("a body"));
                    prop_assert_eq!((head, &routes), (rendered.head(), &tables[at]));
                }
                let delta = rendered.changes(from as u64).expect("the log is kept");
                prop_assert_eq!(Some(delta), RouteChanges::from_log(from as u64, rendered.head(), log[from..at].iter()));
            }
            let lines = rendered.lines(piece).expect("lines");
            prop_assert!(lines.iter().all(|lines| lines.len() <= piece || lines.lines().count() == 1));
            let mut again = RenderedTable::from_lines(rendered.head(), lines.concat()).expect("lines");
            prop_assert_eq!(again.body(), rendered.body());
            prop_assert_eq!(again.routes().expect("routes"), tables[at].values().cloned().collect::<Vec<_>>());
            let pages = lines.iter().map(|lines| read(&render_page(rendered.head(), lines, Some("more"))));
            let all: Plain = pages.flat_map(|(_, routes, _)| routes).collect();
            prop_assert_eq!(&all, &tables[at]);
        }
    }

    #[test]
    fn a_gap_in_the_log_is_refused_and_nothing_is_applied() {
        let (tables, log) = played(vec![vec![(1, Some(1000))], vec![(2, Some(1000))], vec![(1, None)]]);
        let mut rendered = RenderedTable::new(Head::EMPTY, &tables[0]).expect("a table");
        assert_eq!(rendered.advance(vec![log[0].clone(), log[2].clone()]), Err(InvalidTable::Gap(3)));
        assert_eq!(rendered.head(), Head::EMPTY);
        assert_eq!(rendered.advance(log), Ok(()));
        assert_eq!(rendered.changes(4), None, "ahead of the table");
    }

    #[test]
    fn a_table_that_lost_a_route_is_not_answered() {
        let one = Plain::from([(name(1), route(&name(1), 1000))]);
        assert!(matches!(RenderedTable::new(head(2), &one), Err(InvalidTable::Count { expected: 2, found: 1, .. })));
        let (_, mut log) = played(vec![vec![(2, Some(1000))]]);
        log[0].head.count = 7;
        let mut rendered = RenderedTable::new(head(1), &one).expect("a table");
        rendered.advance(log).expect("no gap");
        assert!(matches!(rendered.body(), Err(InvalidTable::Count { expected: 7, found: 2, .. })));
    }

    #[test]
    fn lines_that_were_cut_are_refused() {
        let two = Plain::from([1, 2].map(|number| (name(number), route(&name(number), 1000))));
        let lines = RenderedTable::new(head(2), &two).expect("a table").lines(9999).expect("lines").concat();
        for cut in 0..lines.len() {
            assert!(RenderedTable::from_lines(head(2), lines[..cut].to_owned()).is_err(), "{cut}");
        }
        let backwards: String = lines.lines().rev().flat_map(|line| [line, "\n"]).collect();
        assert_eq!(RenderedTable::from_lines(head(2), backwards).map(|_| ()), Err(InvalidTable::Form));
        let mut empty = RenderedTable::from_lines(Head::EMPTY, String::new()).expect("an empty table");
        assert_eq!(read(&empty.body().expect("a body")), (Head::EMPTY, Plain::new(), None));
    }

    #[test]
    fn what_is_kept_of_the_log_has_a_bound() {
        let (tables, log) =
            played((0..1500_u16).map(|step| vec![(u8::try_from(step % 9).unwrap_or_default(), Some(step))]).collect());
        let mut rendered = RenderedTable::new(Head::EMPTY, &tables[0]).expect("a table");
        for entry in log {
            rendered.advance(vec![entry]).expect("no gap");
        }
        assert_eq!(rendered.log.len(), REVISIONS_KEPT);
        assert!(rendered.changes(500).is_some() && rendered.changes(499).is_none());
        assert_eq!(&read(&rendered.body().expect("a body")).1, tables.last().expect("a table"));
    }
}
