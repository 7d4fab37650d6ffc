//! What every history of the route table must hold.
//!
//! - Each name by itself is linearizable: there is one order of its writes, and of the reads of it by
//!   name, by table and by delta, that fits the times of all of them.
//! - A revision is one table, whoever reads it and however.
//! - A revision that one read has shown is the least that any later read shows.
//! - A delta starts at the asker's own revision, names nobody twice, and leads to the very table.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::history::{Action, History, Operation, Revision, Time};
use super::register::{Kind, MOST, Step, linearizable};

/// What a history breaks. Operations are given by their place in the history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// No order of what happened to a name fits.
    #[error("no order of the operations on {0} fits what was read of it")]
    NotLinearizable(String),
    /// More happened to a name than is checked.
    #[error("{0} has more than {MOST} operations: the history is not checked")]
    TooLong(String),
    /// One revision, two tables.
    #[error("operation {operation}: revision {revision} is another table than it was read as before")]
    TwoTables {
        /// The later read.
        operation: usize,
        /// Of which revision.
        revision: Revision,
    },
    /// A revision went back.
    #[error("operation {operation}: revision {revision}, after a finished read had shown {shown}")]
    WentBack {
        /// The read.
        operation: usize,
        /// What it showed.
        revision: Revision,
        /// What had been shown.
        shown: Revision,
    },
    /// A delta does not start where the asker is.
    #[error("operation {operation}: a delta since {since}, and the process is at {at:?}")]
    Gap {
        /// The read.
        operation: usize,
        /// Where the delta starts.
        since: Revision,
        /// Where the process is.
        at: Option<Revision>,
    },
    /// The log does not lead from a revision that was just read.
    #[error("operation {operation}: there are no changes since {since}, which was just read")]
    Gone {
        /// The read.
        operation: usize,
        /// Since when.
        since: Revision,
    },
    /// A table or a delta names somebody twice.
    #[error("operation {operation}: {name} is there twice")]
    Twice {
        /// The read.
        operation: usize,
        /// Who.
        name: String,
    },
    /// The count is not that of the table.
    #[error("operation {operation}: the count is {count}, and there are {routes} routes")]
    Count {
        /// The read.
        operation: usize,
        /// What it says.
        count: usize,
        /// What there is.
        routes: usize,
    },
}

/// A table that a process had in its hands.
struct Seen<'a> {
    operation: usize,
    invoked: Time,
    returned: Option<Time>,
    revision: Revision,
    table: BTreeMap<&'a str, &'a str>,
}

/// Everything that `history` breaks, for the names that start with `prefix`.
#[must_use]
pub fn check(history: &History, prefix: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let tables = tables(history, &mut violations);
    revisions(&tables, &mut violations);
    registers(history, &tables, prefix, &mut violations);
    violations
}

/// The table that each read of the whole or of a delta leads to.
fn tables<'a>(history: &'a History, violations: &mut Vec<Violation>) -> Vec<Seen<'a>> {
    let mut held: HashMap<usize, (Revision, BTreeMap<&str, &str>)> = HashMap::new();
    let mut seen = Vec::new();
    for (place, operation) in history.operations.iter().enumerate() {
        let Operation { process, invoked, returned, action } = operation;
        let at = held.get(process).map(|(revision, _)| *revision);
        let mut table = held.get(process).map(|(_, table)| table.clone()).unwrap_or_default();
        let mut changed = HashSet::new();
        let mut once = |name: &str| {
            if !changed.insert(name.to_owned()) {
                violations.push(Violation::Twice { operation: place, name: name.to_owned() });
            }
        };
        let (revision, count) = match action {
            Action::Write { .. } | Action::Route { .. } => continue,
            Action::Gone { since } => {
                violations.push(Violation::Gone { operation: place, since: *since });
                continue;
            }
            Action::Whole { revision, count, routes } => {
                for (name, _) in routes {
                    once(name);
                }
                table = routes.iter().map(|(name, uri)| (name.as_str(), uri.as_str())).collect();
                (*revision, *count)
            }
            Action::Delta { since, revision, count, changes } => {
                for (name, _) in changes {
                    once(name);
                }
                if at != Some(*since) || revision < since {
                    violations.push(Violation::Gap { operation: place, since: *since, at });
                }
                for (name, uri) in changes {
                    match uri {
                        Some(uri) => table.insert(name, uri),
                        None => table.remove(name.as_str()),
                    };
                }
                (*revision, *count)
            }
            Action::Unchanged { revision } => {
                if at != Some(*revision) {
                    violations.push(Violation::Gap { operation: place, since: *revision, at });
                }
                (*revision, table.len())
            }
        };
        if count != table.len() {
            violations.push(Violation::Count { operation: place, count, routes: table.len() });
        }
        held.insert(*process, (revision, table.clone()));
        seen.push(Seen { operation: place, invoked: *invoked, returned: *returned, revision, table });
    }
    seen
}

fn revisions(tables: &[Seen], violations: &mut Vec<Violation>) {
    let mut first: HashMap<Revision, &Seen> = HashMap::new();
    for seen in tables {
        if first.entry(seen.revision).or_insert(seen).table != seen.table {
            violations.push(Violation::TwoTables { operation: seen.operation, revision: seen.revision });
        }
        let before = tables.iter().filter(|other| other.returned.is_some_and(|returned| returned < seen.invoked));
        if let Some(shown) = before.map(|other| other.revision).max().filter(|shown| *shown > seen.revision) {
            violations.push(Violation::WentBack { operation: seen.operation, revision: seen.revision, shown });
        }
    }
}

fn registers(history: &History, tables: &[Seen], prefix: &str, violations: &mut Vec<Violation>) {
    let mut names: BTreeMap<&str, Vec<Step>> = BTreeMap::new();
    for Operation { invoked, returned, action, .. } in &history.operations {
        let (name, kind) = match action {
            Action::Write { name, write } => (name, Kind::Write(write)),
            Action::Route { name, uri } => (name, Kind::Read(uri.as_deref())),
            _ => continue,
        };
        names.entry(name).or_default().push(Step { invoked: *invoked, returned: *returned, kind });
    }
    // A name that only a table has is one that nobody enrolled.
    for name in tables.iter().flat_map(|seen| seen.table.keys()).filter(|name| name.starts_with(prefix)) {
        names.entry(name).or_default();
    }
    for (name, mut steps) in names {
        let reads = tables.iter().map(|Seen { invoked, returned, table, .. }| Step {
            invoked: *invoked,
            returned: *returned,
            kind: Kind::Read(table.get(name).copied()),
        });
        steps.extend(reads);
        if steps.len() > MOST {
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

    /// A good history: one writer (process 0) and two readers.
    fn good() -> History {
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

    fn broken(edit: impl Fn(&mut Vec<Operation>)) -> Vec<Violation> {
        let mut history = good();
        edit(&mut history.operations);
        check(&history, "h-")
    }

    #[test]
    fn a_good_history_breaks_nothing() {
        assert_eq!(broken(|_| ()), []);
    }

    #[test]
    fn a_kept_table_that_is_served_without_a_look_is_found() {
        let stale = broken(|operations| operations[5].action = whole(4, &[]));
        let back = Violation::WentBack { operation: 5, revision: 4, shown: 5 };
        assert!(stale.contains(&back) && stale.contains(&Violation::NotLinearizable("h-a".to_owned())), "{stale:?}");
    }

    #[test]
    fn a_change_that_the_log_forgets_is_found() {
        let forgotten = broken(|operations| operations[4].action = delta(4, 5, 0, &[]));
        let two = Violation::TwoTables { operation: 5, revision: 5 };
        assert!(forgotten.contains(&two), "{forgotten:?}");
    }

    #[test]
    fn a_delta_since_another_revision_and_a_double_are_found() {
        let gap = broken(|operations| operations[8].action = delta(6, 7, 0, &[("h-a", None)]));
        assert_eq!(gap, [Violation::Gap { operation: 8, since: 6, at: Some(5) }]);
        let twice = broken(|operations| {
            operations[8].action = delta(5, 7, 0, &[("h-a", Some("u2")), ("h-a", None)]);
        });
        assert_eq!(twice, [Violation::Twice { operation: 8, name: "h-a".to_owned() }]);
        let gone = broken(|operations| operations[8].action = Action::Gone { since: 5 });
        assert!(gone.contains(&Violation::Gone { operation: 8, since: 5 }), "{gone:?}");
        let backwards = broken(|operations| operations[8].action = delta(5, 4, 0, &[("h-a", None)]));
        assert!(backwards.contains(&Violation::Gap { operation: 8, since: 5, at: Some(5) }), "{backwards:?}");
    }

    #[test]
    fn a_cut_table_is_found() {
        let cut = broken(|operations| {
            operations[5].action = Action::Whole { revision: 5, count: 1, routes: Vec::new() };
        });
        assert!(cut.contains(&Violation::Count { operation: 5, count: 1, routes: 0 }), "{cut:?}");
    }

    #[test]
    fn a_read_by_name_and_a_304_are_held_to_the_same() {
        let stale = broken(|operations| {
            operations[9].action = Action::Route { name: "h-a".to_owned(), uri: Some("u2".to_owned()) };
        });
        assert_eq!(stale, [Violation::NotLinearizable("h-a".to_owned())]);
        let late = broken(|operations| operations[8].action = Action::Unchanged { revision: 5 });
        assert!(late.contains(&Violation::NotLinearizable("h-a".to_owned())), "{late:?}");
    }

    #[test]
    fn a_route_of_nobody_is_found() {
        let ghost = broken(|operations| operations[10].action = whole(7, &[("h-b", "u9")]));
        assert!(ghost.contains(&Violation::NotLinearizable("h-b".to_owned())), "{ghost:?}");
    }
}
