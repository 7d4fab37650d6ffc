//! A plain model of the netting: outages as intervals, for a subscription that wants everything.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{chatbots::Name, notifications::FIRST_WAIT};

/// An entry that the model expects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    Offline(Name, Timestamp),
    /// The outage that is over.
    Back(Name, Timestamp, Timestamp),
    Short(Name, usize, SignedDuration),
}

#[derive(Clone, Debug)]
struct Interval {
    began: Timestamp,
    ended: Option<Timestamp>,
}

/// The outages of one chatbot that are not told to be over.
#[derive(Clone, Debug, Default)]
struct Known {
    outages: Vec<Interval>,
    /// The first of them was told.
    is_first_told: bool,
    is_changed: bool,
}

#[derive(Default)]
pub struct Model(BTreeMap<Name, Known>);

impl Model {
    pub fn offline(&mut self, chatbot: &Name, at: Timestamp) {
        let known = self.0.entry(chatbot.clone()).or_default();
        known.outages.push(Interval { began: at, ended: None });
        known.is_changed = true;
    }

    pub fn online(&mut self, chatbot: &Name, at: Timestamp) {
        let known = self.0.entry(chatbot.clone()).or_default();
        known.outages.last_mut().expect("offline before").ended = Some(at);
        known.is_changed = true;
    }

    /// Returns whether the last that was told of the chatbot is that it is offline.
    pub fn was_told_offline(&self, chatbot: &Name) -> bool {
        self.0.get(chatbot).is_some_and(|known| known.is_first_told)
    }

    /// Returns the entries of a message that is made now, in order.
    pub fn message(&mut self) -> Vec<Expected> {
        let mut entries: Vec<_> = self.0.iter_mut().filter_map(|(name, known)| known.entry(name)).collect();
        entries.sort();
        entries
    }
}

impl Known {
    fn entry(&mut self, name: &Name) -> Option<Expected> {
        if !std::mem::take(&mut self.is_changed) {
            return None;
        }
        let last = self.outages.last()?.clone();
        if last.ended.is_none() {
            return self.still_offline(name, &last);
        }
        let was_told = std::mem::take(&mut self.is_first_told);
        let lengths = |interval: &Interval| interval.ended.expect("over").duration_since(interval.began);
        let worth: Vec<_> = std::mem::take(&mut self.outages)
            .into_iter()
            .enumerate()
            .filter(|(at, interval)| (*at == 0 && was_told) || lengths(interval) > FIRST_WAIT)
            .map(|(_, interval)| interval)
            .collect();
        match worth.as_slice() {
            [] => None,
            [only] if was_told => Some(Expected::Back(name.clone(), only.began, only.ended.expect("over"))),
            _ => Some(Expected::Short(name.clone(), worth.len(), worth.iter().map(lengths).sum())),
        }
    }

    fn still_offline(&mut self, name: &Name, last: &Interval) -> Option<Expected> {
        if self.is_first_told && self.outages.len() == 1 {
            return None;
        }
        if self.is_first_told && self.outages.len() == 2 {
            let first = &self.outages[0];
            if last.began.duration_since(first.ended.expect("over")) <= FIRST_WAIT {
                // Online for a moment only: the outage that was told goes on.
                self.outages = vec![Interval { began: first.began, ended: None }];
                return None;
            }
        }
        self.outages = vec![last.clone()];
        self.is_first_told = true;
        Some(Expected::Offline(name.clone(), last.began))
    }
}
