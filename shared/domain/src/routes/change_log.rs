//! The change log of the route table.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    routes::route::{Head, Revision, Route},
};

/// What became of the route of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ChangeForm", into = "ChangeForm")]
pub struct RouteChange {
    /// The name whose route changed.
    pub name: Name,
    /// The route from then on; none is a tombstone.
    pub route: Option<Route>,
}

/// A change as it is written: the route itself, or a tombstone.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ChangeForm {
    Set(Route),
    Gone { name: Name, gone: bool },
}

/// A tombstone that says that nothing is gone.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a tombstone says gone: true")]
struct NotGone;

impl TryFrom<ChangeForm> for RouteChange {
    type Error = NotGone;

    fn try_from(form: ChangeForm) -> Result<Self, NotGone> {
        match form {
            ChangeForm::Set(route) => Ok(Self { name: route.name.clone(), route: Some(route) }),
            ChangeForm::Gone { name, gone: true } => Ok(Self { name, route: None }),
            ChangeForm::Gone { gone: false, .. } => Err(NotGone),
        }
    }
}

impl From<RouteChange> for ChangeForm {
    fn from(RouteChange { name, route }: RouteChange) -> Self {
        route.map_or(Self::Gone { name, gone: true }, Self::Set)
    }
}

/// One revision of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLogEntry {
    /// The table after it.
    pub head: Head,
    /// What changed, each name once.
    pub changes: Vec<RouteChange>,
}

/// The changes that lead from one revision to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChanges {
    /// The revision that they lead to.
    pub revision: Revision,
    /// The revision that they start from.
    pub since: Revision,
    /// When the revision that they lead to was made.
    #[serde(with = "crate::stamp")]
    pub time: Timestamp,
    /// How many routes the table has then.
    pub count: u64,
    /// The newest change of each name, the oldest first.
    pub changes: Vec<RouteChange>,
}

impl RouteChanges {
    /// The changes after `since` that lead to `head`, from the change log in order. None when the log does
    /// not hold each of the revisions between: then only the whole table helps.
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

    pub(in crate::routes) type Plain = BTreeMap<Name, Route>;

    /// What happened to some names at one revision.
    pub(in crate::routes) fn revisions() -> impl Strategy<Value = Vec<Vec<(u8, Option<u16>)>>> {
        let changes = prop::collection::btree_map(0..12_u8, prop::option::of(1000..2000_u16), 1..4);
        prop::collection::vec(changes.prop_map(|changes| changes.into_iter().collect()), 1..40)
    }

    pub(in crate::routes) fn apply(table: &mut Plain, changes: &[RouteChange]) {
        for RouteChange { name, route } in changes {
            match route {
                Some(route) => table.insert(name.clone(), route.clone()),
                None => table.remove(name),
            };
        }
    }

    /// The table at each revision, and the log that leads there.
    pub(in crate::routes) fn played(revisions: Vec<Vec<(u8, Option<u16>)>>) -> (Vec<Plain>, Vec<ChangeLogEntry>) {
        let (mut tables, mut log) = (vec![Plain::new()], Vec::new());
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
        /// Whatever the history, a table at any revision plus the changes since is the table now.
        #[test]
        fn a_delta_leads_from_any_revision_to_the_last(history in revisions(), from in any::<prop::sample::Index>()) {
            let (tables, log) = played(history);
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

        /// A log that lacks any one revision is never passed off as whole, nor one with an entry too many.
        #[test]
        fn a_gap_is_seen(length in 1..20_usize, gap in any::<prop::sample::Index>()) {
            let (_, log) = played(vec![vec![(1, None)]; length]);
            let head = log.last().expect("a revision").head;
            let mut short = log.clone();
            short.remove(gap.index(log.len()));
            prop_assert_eq!(RouteChanges::from_log(0, head, short.iter()), None);
            prop_assert_eq!(RouteChanges::from_log(1, head, log.iter()), None);
        }
    }

    #[test]
    fn a_tombstone_is_not_a_route_that_lacks_its_uri() {
        let tombstone: RouteChange = serde_json::from_str(r#"{"name":"tax","gone":true}"#).expect("a tombstone");
        assert_eq!(tombstone.route, None);
        assert_eq!(serde_json::to_string(&tombstone).expect("json"), r#"{"name":"tax","gone":true}"#);
        for bad in [r#"{"name":"tax"}"#, r#"{"name":"tax","gone":false}"#, r#"{"name":"tax","type":"ministry"}"#] {
            assert!(serde_json::from_str::<RouteChange>(bad).is_err(), "{bad}");
        }
    }
}
