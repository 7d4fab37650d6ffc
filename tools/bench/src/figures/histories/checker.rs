//! The properties of every history of the route table.
//!
//! - The operations on one name are linearizable: there is one order of its writes, and of the reads of it by name, by
//!   table and by delta, that fits the times of all of them.
//! - All reads of one revision show the same table, whoever reads it and in whatever way.
//! - After a read has returned a revision, no later read returns an older one.
//! - A delta starts at the revision of its reader, has no name twice, and leads to the table of its revision.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::history::{Action, History, Operation, Revision, Time};
use super::register::{Kind, MAX_STEPS, Step, linearizable};

/// A violation of a property. Operations are given by their index in the history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The operations on a name are not linearizable.
    #[error("no order of the operations on {0} fits the reads of it")]
    NotLinearizable(String),
    /// A name has more operations than are checked.
    #[error("{0} has more than {MAX_STEPS} operations, so the history is not checked")]
    TooLong(String),
    /// Two reads of one revision show different tables.
    #[error("operation {operation}: revision {revision} differs from an earlier read of the same revision")]
    DifferentTables {
        /// The later read.
        operation: usize,
        /// The revision of both.
        revision: Revision,
    },
    /// A read returned an older revision than a read that had returned before it began.
    #[error("operation {operation}: returned revision {revision} after another read had returned {shown}")]
    RevisionDecreased {
        /// The later read.
        operation: usize,
        /// The revision that it returned.
        revision: Revision,
        /// The newest revision that had been returned.
        shown: Revision,
    },
    /// A delta does not start at the revision of its reader.
    #[error("operation {operation}: the delta starts at {since}, but the reader has {held:?}")]
    Gap {
        /// The read.
        operation: usize,
        /// The revision that the delta starts at.
        since: Revision,
        /// The revision of the reader.
        held: Option<Revision>,
    },
    /// The log does not have the changes since a revision that was read a moment ago.
    #[error("operation {operation}: the log has no changes since {since}, which was read a moment ago")]
    Gone {
        /// The read.
        operation: usize,
        /// The revision of the reader.
        since: Revision,
    },
    /// A table or a delta has a name twice.
    #[error("operation {operation}: {name} occurs twice")]
    DuplicateName {
        /// The read.
        operation: usize,
        /// The name.
        name: String,
    },
    /// The count of a response is not that of its table.
    #[error("operation {operation}: the count is {count}, but there are {routes} routes")]
    CountMismatch {
        /// The read.
        operation: usize,
        /// The count of the response.
        count: usize,
        /// The number of routes.
        routes: usize,
    },
}

/// Routes: addresses by name.
type Table<'a> = BTreeMap<&'a str, &'a str>;

/// A read that gave a reader a table.
struct TableRead<'a> {
    operation: usize,
    invoked: Time,
    returned: Option<Time>,
    revision: Revision,
    table: Table<'a>,
}

/// Returns every violation in `history`. Names that start with `prefix` are those of the history.
#[must_use]
pub fn check(history: &History, prefix: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let reads = table_reads(history, &mut violations);
    check_revisions(&reads, &mut violations);
    check_names(history, &reads, prefix, &mut violations);
    violations
}

/// Returns the table that each read of the table or of a delta leads to, and checks each response by itself.
fn table_reads<'a>(history: &'a History, violations: &mut Vec<Violation>) -> Vec<TableRead<'a>> {
    let mut held: HashMap<usize, (Revision, Table)> = HashMap::new();
    let mut reads = Vec::new();
    for (index, operation) in history.operations.iter().enumerate() {
        let Operation { process, invoked, returned, action } = operation;
        let Some((revision, count, table)) = read_table(index, action, held.get(process), violations) else {
            continue;
        };
        if count != table.len() {
            violations.push(Violation::CountMismatch { operation: index, count, routes: table.len() });
        }
        held.insert(*process, (revision, table.clone()));
        reads.push(TableRead { operation: index, invoked: *invoked, returned: *returned, revision, table });
    }
    reads
}

/// Returns the revision, the count and the table that `action` gives a reader that has `held`; none if it gives no
/// table.
fn read_table<'a>(
    operation: usize,
    action: &'a Action,
    held: Option<&(Revision, Table<'a>)>,
    violations: &mut Vec<Violation>,
) -> Option<(Revision, usize, Table<'a>)> {
    let held_revision = held.map(|(revision, _)| *revision);
    let gap = |since| Violation::Gap { operation, since, held: held_revision };
    let mut table = held.map(|(_, table)| table.clone()).unwrap_or_default();
    match action {
        Action::Write { .. } | Action::Route { .. } => None,
        Action::Gone { since } => {
            violations.push(Violation::Gone { operation, since: *since });
            None
        }
        Action::Whole { revision, count, routes } => {
            check_duplicates(operation, routes.iter().map(|(name, _)| name), violations);
            table = routes.iter().map(|(name, uri)| (name.as_str(), uri.as_str())).collect();
            Some((*revision, *count, table))
        }
        Action::Delta { since, revision, count, changes } => {
            check_duplicates(operation, changes.iter().map(|(name, _)| name), violations);
            if held_revision != Some(*since) || revision < since {
                violations.push(gap(*since));
            }
            for (name, uri) in changes {
                match uri {
                    Some(uri) => table.insert(name, uri),
                    None => table.remove(name.as_str()),
                };
            }
            Some((*revision, *count, table))
        }
        Action::Unchanged { revision } => {
            if held_revision != Some(*revision) {
                violations.push(gap(*revision));
            }
            Some((*revision, table.len(), table))
        }
    }
}

fn check_duplicates<'a>(operation: usize, names: impl Iterator<Item = &'a String>, violations: &mut Vec<Violation>) {
    let mut seen = HashSet::new();
    let repeated = names.filter(|name| !seen.insert(*name));
    violations.extend(repeated.map(|name| Violation::DuplicateName { operation, name: name.clone() }));
}

fn check_revisions(reads: &[TableRead], violations: &mut Vec<Violation>) {
    let mut first: HashMap<Revision, &TableRead> = HashMap::new();
    for read in reads {
        if first.entry(read.revision).or_insert(read).table != read.table {
            violations.push(Violation::DifferentTables { operation: read.operation, revision: read.revision });
        }
        let before = reads.iter().filter(|other| other.returned.is_some_and(|returned| returned < read.invoked));
        if let Some(shown) = before.map(|other| other.revision).max().filter(|shown| *shown > read.revision) {
            let revision = read.revision;
            violations.push(Violation::RevisionDecreased { operation: read.operation, revision, shown });
        }
    }
}

fn check_names(history: &History, reads: &[TableRead], prefix: &str, violations: &mut Vec<Violation>) {
    let mut names: BTreeMap<&str, Vec<Step>> = BTreeMap::new();
    for Operation { invoked, returned, action, .. } in &history.operations {
        let (name, kind) = match action {
            Action::Write { name, write } => (name, Kind::Write(write)),
            Action::Route { name, uri } => (name, Kind::Read(uri.as_deref())),
            _ => continue,
        };
        names.entry(name).or_default().push(Step { invoked: *invoked, returned: *returned, kind });
    }
    // A name without operations of its own is checked too: it was never enrolled.
    for name in reads.iter().flat_map(|read| read.table.keys()).filter(|name| name.starts_with(prefix)) {
        names.entry(name).or_default();
    }
    for (name, mut steps) in names {
        let reads = reads.iter().map(|TableRead { invoked, returned, table, .. }| Step {
            invoked: *invoked,
            returned: *returned,
            kind: Kind::Read(table.get(name).copied()),
        });
        steps.extend(reads);
        if steps.len() > MAX_STEPS {
            violations.push(Violation::TooLong(name.to_owned()));
        } else if !linearizable(&steps) {
            violations.push(Violation::NotLinearizable(name.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::Write;
    use super::*;

    /// A history without violations: one writer (process 0) and two readers.
    fn consistent_history() -> History {
        let write = |at, write| operation(0, at, Action::Write { name: "h-a".to_owned(), write });
        let operations = vec![
            operation(1, 0, whole(4, &[])),
            operation(2, 2, whole(4, &[])),
            write(4, Write::Enrol { uri: "u1".to_owned() }),
            write(6, Write::Online),
            operation(1, 8, delta(4, 5, 1, &[("h-a", Some("u1"))])),
            operation(2, 10, whole(5, &[("h-a", "u1")])),
            write(12, Write::Move { uri: "u2".to_owned() }),
            write(14, Write::Offline),
            operation(1, 16, delta(5, 7, 0, &[("h-a", None)])),
            operation(2, 18, Action::Route { name: "h-a".to_owned(), uri: None }),
            operation(2, 20, whole(7, &[])),
            operation(1, 22, Action::Unchanged { revision: 7 }),
        ];
        History { seed: 0, operations }
    }

    fn operation(process: usize, invoked: Time, action: Action) -> Operation {
        Operation { process, invoked, returned: Some(invoked + 1), action }
    }

    fn whole(revision: Revision, routes: &[(&str, &str)]) -> Action {
        let routes: Vec<_> = routes.iter().map(|(name, uri)| ((*name).to_owned(), (*uri).to_owned())).collect();
        Action::Whole { revision, count: routes.len(), routes }
    }

    fn delta(since: Revision, revision: Revision, count: usize, changes: &[(&str, Option<&str>)]) -> Action {
        let changes = changes.iter().map(|(name, uri)| ((*name).to_owned(), uri.map(str::to_owned))).collect();
        Action::Delta { since, revision, count, changes }
    }

    fn violations_after(edit: impl Fn(&mut Vec<Operation>)) -> Vec<Violation> {
        let mut history = consistent_history();
        edit(&mut history.operations);
        check(&history, "h-")
    }

    #[test]
    fn consistent_history_has_no_violations() {
        assert_eq!(violations_after(|_| ()), []);
    }

    #[test]
    fn stale_cached_table_is_a_violation() {
        let stale = violations_after(|operations| operations[5].action = whole(4, &[]));
        let decreased = Violation::RevisionDecreased { operation: 5, revision: 4, shown: 5 };
        assert!(
            stale.contains(&decreased) && stale.contains(&Violation::NotLinearizable("h-a".to_owned())),
            "{stale:?}"
        );
    }

    #[test]
    fn change_missing_from_the_log_is_a_violation() {
        let forgotten = violations_after(|operations| operations[4].action = delta(4, 5, 0, &[]));
        let different = Violation::DifferentTables { operation: 5, revision: 5 };
        assert!(forgotten.contains(&different), "{forgotten:?}");
    }

    #[test]
    fn delta_from_another_revision_or_with_a_name_twice_is_a_violation() {
        let gap = violations_after(|operations| operations[8].action = delta(6, 7, 0, &[("h-a", None)]));
        assert_eq!(gap, [Violation::Gap { operation: 8, since: 6, held: Some(5) }]);
        let twice = violations_after(|operations| {
            operations[8].action = delta(5, 7, 0, &[("h-a", Some("u2")), ("h-a", None)]);
        });
        assert_eq!(twice, [Violation::DuplicateName { operation: 8, name: "h-a".to_owned() }]);
        let gone = violations_after(|operations| operations[8].action = Action::Gone { since: 5 });
        assert!(gone.contains(&Violation::Gone { operation: 8, since: 5 }), "{gone:?}");
        let backwards = violations_after(|operations| operations[8].action = delta(5, 4, 0, &[("h-a", None)]));
        assert!(backwards.contains(&Violation::Gap { operation: 8, since: 5, held: Some(5) }), "{backwards:?}");
    }

    #[test]
    fn truncated_table_is_a_violation() {
        let truncated = violations_after(|operations| {
            operations[5].action = Action::Whole { revision: 5, count: 1, routes: Vec::new() };
        });
        assert!(truncated.contains(&Violation::CountMismatch { operation: 5, count: 1, routes: 0 }), "{truncated:?}");
    }

    #[test]
    fn stale_route_and_stale_304_are_violations() {
        let stale = violations_after(|operations| {
            operations[9].action = Action::Route { name: "h-a".to_owned(), uri: Some("u2".to_owned()) };
        });
        assert_eq!(stale, [Violation::NotLinearizable("h-a".to_owned())]);
        let late = violations_after(|operations| operations[8].action = Action::Unchanged { revision: 5 });
        assert!(late.contains(&Violation::NotLinearizable("h-a".to_owned())), "{late:?}");
    }

    #[test]
    fn route_that_was_never_enrolled_is_a_violation() {
        let unknown = violations_after(|operations| operations[10].action = whole(7, &[("h-b", "u9")]));
        assert!(unknown.contains(&Violation::NotLinearizable("h-b".to_owned())), "{unknown:?}");
    }
}
