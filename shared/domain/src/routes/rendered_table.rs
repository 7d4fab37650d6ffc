//! The route table as response text. It is rendered once, cached, and updated from the change log, so that neither an
//! unchanged nor a changed table is serialized again as a whole.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    chatbots::name::Name,
    routes::{
        change_log::{ChangeLogEntry, RouteChanges},
        head::{Head, Revision},
        rendered_routes::{RenderedRoutes, to_json},
        route::Route,
    },
};

/// The number of revisions kept to answer deltas.
const REVISIONS_KEPT: usize = 1000;

/// A table that is inconsistent. It must not be served; read it again from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTable {
    /// The text is not one route per line, by name.
    #[error("the table's text is not one route a line, by name")]
    Form,
    /// The number of routes differs from the head.
    #[error("the table has {found} routes at revision {revision} and not {expected}")]
    Count {
        /// The revision of the table.
        revision: Revision,
        /// The number according to the head.
        expected: u64,
        /// The actual number.
        found: u64,
    },
    /// The change log does not continue at the table's revision.
    #[error("the change log goes on at revision {0}")]
    Gap(Revision),
}

/// The whole table at one revision as text, and the newest part of the change log.
#[derive(Clone, Debug)]
pub struct RenderedTable {
    /// The head of the newest entry of the log, or of the routes.
    head: Head,
    /// The routes at the revision `merged`, from which the rest of the log leads to `head`.
    routes: RenderedRoutes,
    merged: Revision,
    log: VecDeque<ChangeLogEntry>,
}

impl RenderedTable {
    /// Returns the table of `routes` at `head`.
    ///
    /// # Errors
    /// Returned if the number of routes differs from the head.
    pub fn new(head: Head, routes: &BTreeMap<Name, Route>) -> Result<Self, InvalidTable> {
        let mut text = RenderedRoutes::default();
        for route in routes.values() {
            text.push(&to_json(route));
        }
        Self::checked(head, text)
    }

    /// Returns the table at `head` from the output of [`RenderedTable::lines`].
    ///
    /// # Errors
    /// Returned if the lines are malformed or their number differs from the head.
    pub fn from_lines(head: Head, lines: String) -> Result<Self, InvalidTable> {
        let mut bytes = lines.into_bytes();
        if bytes.pop().is_some_and(|last| last != b'\n') {
            return Err(InvalidTable::Form);
        }
        let mut ends = Vec::with_capacity(usize::try_from(head.count).unwrap_or_default());
        for (position, byte) in bytes.iter_mut().enumerate() {
            if *byte == b'\n' {
                *byte = b',';
                ends.push(position);
            }
        }
        if !bytes.is_empty() {
            ends.push(bytes.len());
        }
        let text = String::from_utf8(bytes).map_err(|_| InvalidTable::Form)?;
        let routes = RenderedRoutes { text, ends };
        let ordered = (1..routes.ends.len()).all(|position| routes.name(position - 1) < routes.name(position));
        if !ordered || (routes.count() > 0 && routes.name(0).is_empty()) {
            return Err(InvalidTable::Form);
        }
        Self::checked(head, routes)
    }

    fn checked(head: Head, routes: RenderedRoutes) -> Result<Self, InvalidTable> {
        count(head, &routes)?;
        Ok(Self { head, routes, merged: head.revision, log: VecDeque::new() })
    }

    /// Returns the head.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Appends `entries` of the change log. If one is missing, none is applied.
    ///
    /// # Errors
    /// Returned if an entry is missing, or the resulting number of routes differs from the head.
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

    /// Applies the log to the text.
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

    /// Returns the response body: the head and all routes.
    ///
    /// # Errors
    /// Returned if the number of routes differs from the head. The table must then be discarded.
    pub fn body(&mut self) -> Result<String, InvalidTable> {
        self.merge()?;
        let routes = &self.routes.text;
        let mut body = String::with_capacity(routes.len() + 128);
        body.push_str(&opening(self.head));
        body.push_str(routes);
        body.push_str("]}");
        Ok(body)
    }

    /// Returns all routes, one per line, in chunks of at most about `bytes` bytes.
    ///
    /// # Errors
    /// Returned if the number of routes differs from the head.
    pub fn lines(&mut self, bytes: usize) -> Result<Vec<String>, InvalidTable> {
        self.merge()?;
        let (routes, mut chunks, mut from) = (&self.routes, Vec::new(), 0);
        while from < routes.ends.len() {
            let start = routes.start(from);
            let fits = routes.ends.partition_point(|end| end - start.min(*end) < bytes).max(from + 1);
            let mut chunk = String::with_capacity(bytes);
            for position in from..fits {
                chunk.push_str(routes.text.get(routes.start(position)..routes.ends[position]).unwrap_or_default());
                chunk.push('\n');
            }
            chunks.push(chunk);
            from = fits;
        }
        Ok(chunks)
    }

    /// Returns the changes after `since`, if the kept part of the log contains all of them.
    #[must_use]
    pub fn changes(&self, since: Revision) -> Option<RouteChanges> {
        let behind = usize::try_from(self.head.revision.checked_sub(since)?).ok()?;
        let from = self.log.len().checked_sub(behind)?;
        RouteChanges::from_log(since, self.head, self.log.range(from..))
    }

    /// Returns the routes as values, by name.
    ///
    /// # Errors
    /// Returned if the text is malformed.
    pub fn routes(&mut self) -> Result<Vec<Route>, InvalidTable> {
        self.merge()?;
        serde_json::from_str(&format!("[{}]", self.routes.text)).map_err(|_| InvalidTable::Form)
    }
}

fn count(Head { revision, count: expected, .. }: Head, routes: &RenderedRoutes) -> Result<(), InvalidTable> {
    let found = routes.count();
    if found == expected { Ok(()) } else { Err(InvalidTable::Count { revision, expected, found }) }
}

/// Returns the response body of a page of the table of `head`: `lines` as returned by [`RenderedTable::lines`], and
/// the cursor of the next page.
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
    use crate::routes::change_log::tests::{Table, name, replayed, revisions, route};

    #[derive(Deserialize)]
    struct Body {
        #[serde(flatten)]
        head: Head,
        routes: Vec<Route>,
        next: Option<String>,
    }

    fn read(body: &str) -> (Head, Table, Option<String>) {
        let body: Body = serde_json::from_str(body).expect("a body");
        assert!(body.routes.is_sorted_by(|one, other| one.name < other.name), "by name");
        (body.head, body.routes.into_iter().map(|route| (route.name.clone(), route)).collect(), body.next)
    }

    fn head(count: u64) -> Head {
        Head { count, ..Head::EMPTY }
    }

    proptest! {
        /// For any history and any steps of updating: the text, the deltas and the lines equal those of the reference
        /// table.
        #[test]
        fn text_equals_the_reference_table(
            history in revisions(),
            from in any::<prop::sample::Index>(),
            steps in prop::collection::vec(1..6_usize, 1..40),
            chunk in 1..4000_usize,
        ) {
            let (tables, log) = replayed(history);
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
            let lines = rendered.lines(chunk).expect("lines");
            prop_assert!(lines.iter().all(|lines| lines.len() <= chunk || lines.lines().count() == 1));
            let mut again = RenderedTable::from_lines(rendered.head(), lines.concat()).expect("lines");
            prop_assert_eq!(again.body(), rendered.body());
            prop_assert_eq!(again.routes().expect("routes"), tables[at].values().cloned().collect::<Vec<_>>());
            let pages = lines.iter().map(|lines| read(&render_page(rendered.head(), lines, Some("more"))));
            let all: Table = pages.flat_map(|(_, routes, _)| routes).collect();
            prop_assert_eq!(&all, &tables[at]);
        }
    }

    #[test]
    fn gap_in_the_log_is_refused_and_nothing_is_applied() {
        let (tables, log) = replayed(vec![vec![(1, Some(1000))], vec![(2, Some(1000))], vec![(1, None)]]);
        let mut rendered = RenderedTable::new(Head::EMPTY, &tables[0]).expect("a table");
        assert_eq!(rendered.advance(vec![log[0].clone(), log[2].clone()]), Err(InvalidTable::Gap(3)));
        assert_eq!(rendered.head(), Head::EMPTY);
        assert_eq!(rendered.advance(log), Ok(()));
        assert_eq!(rendered.changes(4), None, "ahead of the table");
    }

    #[test]
    fn table_with_a_lost_route_is_not_served() {
        let one = Table::from([(name(1), route(&name(1), 1000))]);
        assert!(matches!(RenderedTable::new(head(2), &one), Err(InvalidTable::Count { expected: 2, found: 1, .. })));
        let (_, mut log) = replayed(vec![vec![(2, Some(1000))]]);
        log[0].head.count = 7;
        let mut rendered = RenderedTable::new(head(1), &one).expect("a table");
        rendered.advance(log).expect("no gap");
        assert!(matches!(rendered.body(), Err(InvalidTable::Count { expected: 7, found: 2, .. })));
    }

    #[test]
    fn truncated_lines_are_refused() {
        let two = Table::from([1, 2].map(|number| (name(number), route(&name(number), 1000))));
        let lines = RenderedTable::new(head(2), &two).expect("a table").lines(9999).expect("lines").concat();
        for cut in 0..lines.len() {
            assert!(RenderedTable::from_lines(head(2), lines[..cut].to_owned()).is_err(), "{cut}");
        }
        let backwards: String = lines.lines().rev().flat_map(|line| [line, "\n"]).collect();
        assert_eq!(RenderedTable::from_lines(head(2), backwards).map(|_| ()), Err(InvalidTable::Form));
        let mut empty = RenderedTable::from_lines(Head::EMPTY, String::new()).expect("an empty table");
        assert_eq!(read(&empty.body().expect("a body")), (Head::EMPTY, Table::new(), None));
    }

    #[test]
    fn kept_part_of_the_log_is_bounded() {
        let (tables, log) = replayed(
            (0..1500_u16).map(|step| vec![(u8::try_from(step % 9).unwrap_or_default(), Some(step))]).collect(),
        );
        let mut rendered = RenderedTable::new(Head::EMPTY, &tables[0]).expect("a table");
        for entry in log {
            rendered.advance(vec![entry]).expect("no gap");
        }
        assert_eq!(rendered.log.len(), REVISIONS_KEPT);
        assert!(rendered.changes(500).is_some() && rendered.changes(499).is_none());
        assert_eq!(&read(&rendered.body().expect("a body")).1, tables.last().expect("a table"));
    }
}
