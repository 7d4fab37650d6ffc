//! The change log of the route table.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{chatbot::Chatbot, name::Name},
    routes::{
        head::{Head, Revision},
        route::Route,
    },
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

/// The change of a route as it is logged: with the institution that the chatbot belonged to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedChange {
    /// The change.
    pub change: RouteChange,
    /// The institution at the time of the change.
    pub owner: Name,
}

impl OwnedChange {
    /// Returns the change of the route to `chatbot` into `route`.
    #[must_use]
    pub fn new(chatbot: &Chatbot, route: Option<Route>) -> Self {
        Self { change: RouteChange { name: chatbot.name.clone(), route }, owner: chatbot.institution.clone() }
    }

    /// Returns the change of the route when a chatbot changes from `before` to `after`, if there is one.
    #[must_use]
    pub fn between(before: &Chatbot, after: &Chatbot) -> Option<Self> {
        let route = Route::if_online(after);
        (Route::if_online(before) != route).then(|| Self::new(after, route))
    }
}

/// An entry of the change log: one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLogEntry {
    /// The head of the table after the revision.
    pub head: Head,
    /// The changes, one per name.
    pub changes: Vec<RouteChange>,
    /// The institution that the chatbot of each change belonged to. DMRs do not get it. Empty in an entry that was written
    /// before institutions were logged.
    pub owners: Vec<Name>,
}

impl ChangeLogEntry {
    /// Returns the entry of the revision that leads to `head` by `changes`.
    #[must_use]
    pub fn new(head: Head, changes: Vec<OwnedChange>) -> Self {
        let (changes, owners) = changes.into_iter().map(|OwnedChange { change, owner }| (change, owner)).unzip();
        Self { head, changes, owners }
    }

    /// Returns the names of the changed routes of chatbots of `institutions`; `None` if their institutions were not
    /// logged.
    #[must_use]
    pub fn names_of<'a>(&'a self, institutions: &'a BTreeSet<Name>) -> Option<impl Iterator<Item = &'a Name>> {
        let is_owned = move |(_, owner): &(&RouteChange, &Name)| institutions.contains(*owner);
        let owned = self.changes.iter().zip(&self.owners).filter(is_owned).map(|(change, _)| &change.name);
        (self.owners.len() == self.changes.len()).then_some(owned)
    }
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
    use crate::chatbots::chatbot_type::ChatbotType;

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
            log.push(ChangeLogEntry { head, changes, owners: Vec::new() });
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
    fn names_of_an_entry_are_those_of_the_institutions() {
        let [tax, police, none]: [Name; 3] = ["tax", "police", "none"].map(|text| text.parse().expect("a name"));
        let change = |number, owner: &Name| OwnedChange {
            change: RouteChange { name: name(number), route: None },
            owner: owner.clone(),
        };
        let entry = ChangeLogEntry::new(Head::EMPTY, vec![change(1, &tax), change(2, &police), change(3, &tax)]);
        let names_of = |entry: &ChangeLogEntry, institution: &Name| {
            let institutions = BTreeSet::from([institution.clone()]);
            entry.names_of(&institutions).map(|names| names.cloned().collect::<Vec<_>>())
        };
        assert_eq!(names_of(&entry, &tax), Some(vec![name(1), name(3)]));
        assert_eq!(names_of(&entry, &police), Some(vec![name(2)]));
        assert_eq!(names_of(&entry, &none), Some(vec![]));
        let former = ChangeLogEntry { owners: Vec::new(), ..entry };
        assert_eq!(names_of(&former, &tax), None, "its institutions are not known");
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
