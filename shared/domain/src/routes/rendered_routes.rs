//! The routes of a table as JSON text. A change copies the text of unchanged routes.

use std::collections::BTreeMap;

use crate::routes::{change_log::RouteChange, route::Route};

/// The start of each route. A name needs no escaping.
const START: &str = "{\"name\":\"";

/// The routes as JSON, by name, separated by commas.
#[derive(Clone, Debug, Default)]
pub(super) struct RenderedRoutes {
    pub(super) text: String,
    /// The end of each route in the text.
    pub(super) ends: Vec<usize>,
}

impl RenderedRoutes {
    pub(super) fn start(&self, position: usize) -> usize {
        // After the previous route and its comma.
        position.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1)
    }

    pub(super) fn name(&self, position: usize) -> &str {
        let route = self.ends.get(position).and_then(|end| self.text.get(self.start(position)..*end));
        let rest = route.and_then(|route| route.strip_prefix(START)).unwrap_or_default();
        rest.split_once('"').map_or("", |(name, _)| name)
    }

    /// Returns the position of `name`, and whether the name exists.
    pub(super) fn find(&self, name: &str) -> (usize, bool) {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return (middle, true),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        (low, false)
    }

    pub(super) fn push(&mut self, route: &str) {
        if !self.ends.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(route);
        self.ends.push(self.text.len());
    }

    /// Appends the routes `from..to` of `other`.
    pub(super) fn push_run(&mut self, other: &Self, from: usize, to: usize) {
        let Some(end) = to.checked_sub(1).filter(|last| *last >= from).and_then(|last| other.ends.get(last)) else {
            return;
        };
        let start = other.start(from);
        if !self.ends.is_empty() {
            self.text.push(',');
        }
        let offset = self.text.len();
        self.text.push_str(other.text.get(start..*end).unwrap_or_default());
        let ends = other.ends.get(from..to).unwrap_or_default();
        self.ends.extend(ends.iter().map(|end| end - start + offset));
    }

    /// Returns the routes with the newest of `changes` per name applied.
    pub(super) fn changed<'a>(&self, changes: impl Iterator<Item = &'a RouteChange>) -> Self {
        let newest: BTreeMap<&str, Option<&Route>> =
            changes.map(|change| (change.name.as_str(), change.route.as_ref())).collect();
        let mut next = Self {
            text: String::with_capacity(self.text.len() + 160 * newest.len()),
            ends: Vec::with_capacity(self.ends.len() + newest.len()),
        };
        let mut from = 0;
        for (name, route) in newest {
            let (position, found) = self.find(name);
            next.push_run(self, from, position);
            if let Some(route) = route {
                next.push(&to_json(route));
            }
            from = position + usize::from(found);
        }
        next.push_run(self, from, self.ends.len());
        next
    }

    pub(super) fn count(&self) -> u64 {
        self.ends.len() as u64
    }
}

/// Returns `route` as JSON. Serialization of texts and enums cannot fail.
pub(super) fn to_json(route: &Route) -> String {
    serde_json::to_string(route).unwrap_or_default()
}
