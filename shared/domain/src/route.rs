//! The route table: where DMRs find the chatbots that are Online.

use serde::{Deserialize, Serialize};

use crate::{chatbot::ChatbotType, name::Name, uri::ChatbotUri};

/// One number for the whole table: up by one with each change, never back, never a gap.
pub type Revision = u64;

/// Where an Online chatbot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The chatbot.
    pub name: Name,
    /// Its address.
    pub uri: ChatbotUri,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
}

/// The whole table at one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// The revision at which the table is exactly this.
    pub revision: Revision,
    /// How many routes there are, so that a cut answer shows.
    pub count: usize,
    /// The routes, by name.
    pub routes: Vec<Route>,
}

/// What happened to one name at one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChange {
    /// The name whose route changed.
    pub name: Name,
    /// The revision that the change made.
    pub revision: Revision,
    /// The route from then on; none is a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
}

/// The changes that lead from one revision to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChanges {
    /// The revision that they lead to.
    pub revision: Revision,
    /// The revision that they start from.
    pub since: Revision,
    /// The newest change of each name, by revision.
    pub changes: Vec<RouteChange>,
}

impl RouteChanges {
    /// The changes after `since` up to `revision`, from the change log in order. None when the log
    /// does not hold each of them: then only the whole table helps.
    #[must_use]
    pub fn from_log(since: Revision, revision: Revision, log: Vec<RouteChange>) -> Option<Self> {
        let whole = since <= revision && log.iter().map(|change| change.revision).eq(since + 1..=revision);
        if !whole {
            return None;
        }
        let mut changes: Vec<RouteChange> = Vec::with_capacity(log.len());
        let mut seen = std::collections::HashSet::with_capacity(log.len());
        for change in log.into_iter().rev() {
            if seen.insert(change.name.clone()) {
                changes.push(change);
            }
        }
        changes.reverse();
        Some(Self { revision, since, changes })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn route(name: &Name, port: u16) -> Route {
        Route {
            name: name.clone(),
            uri: format!("http://bot.example.ee:{port}/").parse().expect("a good uri"),
            kind: ChatbotType::Ministry,
        }
    }

    proptest! {
        /// Whatever the history, a table at any revision plus the changes since is the table now.
        #[test]
        fn a_delta_leads_from_any_revision_to_the_last(
            history in prop::collection::vec((0..5_u8, prop::option::of(1000..2000_u16)), 1..40),
            from in any::<prop::sample::Index>(),
        ) {
            let mut tables = vec![BTreeMap::new()];
            let mut log = Vec::new();
            for (revision, (name, port)) in (1..).zip(history) {
                let name: Name = format!("bot-{name}").parse().expect("a good name");
                let mut table = tables.last().expect("a table").clone();
                let now = port.map(|port| route(&name, port));
                match now.clone() {
                    Some(route) => table.insert(name.clone(), route),
                    None => table.remove(&name),
                };
                tables.push(table);
                log.push(RouteChange { name, revision, route: now });
            }
            let from = from.index(tables.len());
            let delta = RouteChanges::from_log(from as u64, log.len() as u64, log[from..].to_vec());
            let delta = delta.expect("a whole log");
            let mut table = tables[from].clone();
            for change in delta.changes {
                match change.route {
                    Some(route) => table.insert(change.name, route),
                    None => table.remove(&change.name),
                };
            }
            prop_assert_eq!(&table, tables.last().expect("a table"));
        }

        /// A log that lacks any one entry is never passed off as whole.
        #[test]
        fn a_gap_is_seen(length in 1..20_u64, gap in any::<prop::sample::Index>()) {
            let name: Name = "bot".parse().expect("a good name");
            let mut log: Vec<_> =
                (1..=length).map(|revision| RouteChange { name: name.clone(), revision, route: None }).collect();
            log.remove(gap.index(log.len()));
            prop_assert_eq!(RouteChanges::from_log(0, length, log), None);
        }
    }
}
