//! The routes as JSON text.

use std::collections::BTreeMap;

use crate::routes::{change_log::RouteChange, route::Route};

/// What each route begins with. A name needs no escapes.
const START: &str = "{\"name\":\"";

/// The routes as text: each as JSON, by name, a comma between two.
#[derive(Clone, Debug, Default)]
pub(super) struct RenderedRoutes {
    pub(super) text: String,
    /// Where each route ends.
    pub(super) ends: Vec<usize>,
}

impl RenderedRoutes {
    pub(super) fn start(&self, place: usize) -> usize {
        // After the one before, and the comma.
        place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1)
    }

    pub(super) fn name(&self, place: usize) -> &str {
        let route = self.ends.get(place).and_then(|end| self.text.get(self.start(place)..*end));
        let rest = route.and_then(|route| route.strip_prefix(START)).unwrap_or_default();
        rest.split_once('"').map_or("", |(name, _)| name)
    }

    /// The place of `name`, and whether it is there.
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

    /// Adds the routes of `other` from one place to before another.
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

    /// With the newest of `changes` for each name.
    pub(super) fn changed<'a>(&self, changes: impl Iterator<Item = &'a RouteChange>) -> Self {
        let newest: BTreeMap<&str, Option<&Route>> =
            changes.map(|change| (change.name.as_str(), change.route.as_ref())).collect();
        let mut next = Self {
            text: String::with_capacity(self.text.len() + 160 * newest.len()),
            ends: Vec::with_capacity(self.ends.len() + newest.len()),
        };
        let mut from = 0;
        for (name, route) in newest {
            let (place, found) = self.find(name);
            next.push_run(self, from, place);
            if let Some(route) = route {
                next.push(&text_of(route));
            }
            from = place + usize::from(found);
        }
        next.push_run(self, from, self.ends.len());
        next
    }

    pub(super) fn count(&self) -> u64 {
        self.ends.len() as u64
    }
}

/// `route` as JSON: texts and a word, which always can be written.
pub(super) fn text_of(route: &Route) -> String {
    serde_json::to_string(route).unwrap_or_default()
}
