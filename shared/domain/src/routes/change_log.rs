//! The change log of the route table.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    routes::route::{Head, Revision, Route},
};

/// The change of one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ChangeForm", into = "ChangeForm")]
pub struct RouteChange {
    /// The name of the route.
    pub name: Name,
    /// The new route; none for a tombstone.
    pub route: Option<Route>,
}

/// The JSON form of a change: the route, or a tombstone.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChangeForm {
    Set(Route),
    Gone { name: Name, gone: bool },
}

/// A tombstone with `gone: false`.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a tombstone says gone: true")]
struct InvalidTombstone;

impl TryFrom<ChangeForm> for RouteChange {
    type Error = InvalidTombstone;

    fn try_from(form: ChangeForm) -> Result<Self, InvalidTombstone> {
        match form {
            ChangeForm::Set(route) => Ok(Self { name: route.name.clone(), route: Some(route) }),
            ChangeForm::Gone { name, gone: true } => Ok(Self { name, route: None }),
            ChangeForm::Gone { gone: false, .. } => Err(InvalidTombstone),
        }
    }
}

impl From<RouteChange> for ChangeForm {
    fn from(RouteChange { name, route }: RouteChange) -> Self {
        route.map_or(Self::Gone { name, gone: true }, Self::Set)
    }
}

/// An entry of the change log: one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLogEntry {
    /// The head of the table after the revision.
    pub head: Head,
    /// The changes, one per name.
    pub changes: Vec<RouteChange>,
}

/// The changes between two revisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChanges {
    /// The revision to which they lead.
    pub revision: Revision,
    /// The revision from which they start.
    pub since: Revision,
    /// The time of the revision to which they lead.
    #[serde(with = "crate::stamp")]
    pub time: Timestamp,
    /// The number of routes at that revision.
    pub count: u64,
    /// The newest change per name, oldest first.
    pub changes: Vec<RouteChange>,
}

impl RouteChanges {
    /// Returns the changes after `since` up to `head`, out of the change log in its order. None if the log lacks a
    /// revision between them: then the client needs the whole table.
    #[must_use]
    pub fn from_log<'a>(
        since: Revision,
        head: Head,
        log: impl DoubleEndedIterator<Item = &'a ChangeLogEntry>,
    ) -> Option<Self> {
        if since > head.revision {
            return None;
        }
        let mut expected = head.revision;
        let mut changes = Vec::new();
        let mut seen = HashSet::new();
        for entry in log.rev() {
            if entry.head.revision != expected || expected == since {
                return None;
            }
            expected -= 1;
            changes.extend(entry.changes.iter().rev().filter(|change| seen.insert(&change.name)).cloned());
        }
        changes.reverse();
        let Head { revision, time, count } = head;
        (expected == since).then_some(Self { revision, since, time, count, changes })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::chatbots::chatbot::ChatbotType;

    pub(in crate::routes) fn name(number: u8) -> Name {
        format!("bot-{number}").parse().expect("a good name")
    }

    pub(in crate::routes) fn route(name: &Name, port: u16) -> Route {
        Route {
            name: name.clone(),
            uri: format!("http://bot.example.ee:{port}/?q={{,}},{{").parse().expect("a good uri"),
            kind: ChatbotType::Ministry,
        }
    }

    pub(in crate::routes) type Table = BTreeMap<Name, Route>;

    /// Generates the changes of some names, per revision.
    pub(in crate::routes) fn revisions() -> impl Strategy<Value = Vec<Vec<(u8, Option<u16>)>>> {
        let changes = prop::collection::btree_map(0..12_u8, prop::option::of(1000..2000_u16), 1..4);
        prop::collection::vec(changes.prop_map(|changes| changes.into_iter().collect()), 1..40)
    }

    pub(in crate::routes) fn apply(table: &mut Table, changes: &[RouteChange]) {
        for RouteChange { name, route } in changes {
            match route {
                Some(route) => table.insert(name.clone(), route.clone()),
                None => table.remove(name),
            };
        }
    }

    /// Returns the table at each revision, and the change log.
    pub(in crate::routes) fn replayed(revisions: Vec<Vec<(u8, Option<u16>)>>) -> (Vec<Table>, Vec<ChangeLogEntry>) {
        let (mut tables, mut log) = (vec![Table::new()], Vec::new());
        for (revision, changes) in (1..).zip(revisions) {
            let change = |(number, port): (u8, Option<u16>)| RouteChange {
                name: name(number),
                route: port.map(|port| route(&name(number), port)),
            };
            let changes: Vec<_> = changes.into_iter().map(change).collect();
            let mut table = tables.last().expect("a table").clone();
            apply(&mut table, &changes);
            let time = Timestamp::from_second(1_800_000_000 + revision).expect("a time");
            let head = Head { revision: revision.unsigned_abs(), time, count: table.len() as u64 };
            tables.push(table);
            log.push(ChangeLogEntry { head, changes });
        }
        (tables, log)
    }

    proptest! {
        /// For any history: the table at a revision, with the changes since applied, equals the current table.
        #[test]
        fn delta_leads_from_any_revision_to_the_last(history in revisions(), from in any::<prop::sample::Index>()) {
            let (tables, log) = replayed(history);
            let from = from.index(tables.len());
            let head = log.last().expect("a revision").head;
            let delta = RouteChanges::from_log(from as u64, head, log[from..].iter()).expect("a whole log");
            let mut table = tables[from].clone();
            let names: HashSet<_> = delta.changes.iter().map(|change| &change.name).collect();
            prop_assert_eq!(names.len(), delta.changes.len(), "each name once");
            apply(&mut table, &delta.changes);
            prop_assert_eq!(&table, tables.last().expect("a table"));
            let json = serde_json::to_string(&delta).expect("json");
            prop_assert_eq!(serde_json::from_str::<RouteChanges>(&json).expect("a delta"), delta);
        }

        /// A log without one of its revisions gives no delta, nor does one with an entry too many.
        #[test]
        fn gap_in_the_log_gives_no_delta(length in 1..20_usize, gap in any::<prop::sample::Index>()) {
            let (_, log) = replayed(vec![vec![(1, None)]; length]);
            let head = log.last().expect("a revision").head;
            let mut short = log.clone();
            short.remove(gap.index(log.len()));
            prop_assert_eq!(RouteChanges::from_log(0, head, short.iter()), None);
            prop_assert_eq!(RouteChanges::from_log(1, head, log.iter()), None);
        }
    }

    #[test]
    fn incomplete_route_is_not_read_as_a_tombstone() {
        let tombstone: RouteChange = serde_json::from_str(r#"{"name":"tax","gone":true}"#).expect("a tombstone");
        assert_eq!(tombstone.route, None);
        assert_eq!(serde_json::to_string(&tombstone).expect("json"), r#"{"name":"tax","gone":true}"#);
        for bad in [r#"{"name":"tax"}"#, r#"{"name":"tax","gone":false}"#, r#"{"name":"tax","type":"ministry"}"#] {
            assert!(serde_json::from_str::<RouteChange>(bad).is_err(), "{bad}");
        }
    }
}
