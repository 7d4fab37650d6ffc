//! A plain model of the netting: outages as intervals, for a subscription that wants everything. Planned outages and
//! incidents say until when an outage is held, by its beginning.

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
    /// Its incident is transient.
    is_transient: bool,
}

/// A planned outage of all chatbots.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    pub start: Timestamp,
    pub end: Timestamp,
    /// True if it ended, or will end, before its time.
    pub is_early: bool,
}

/// Returns until when an outage that began at `began` is held: to the end of the planned outage, and five minutes longer
/// unless that is early. Planned outages that have begun by then go on holding.
fn held_until(planned: &[Planned], began: Timestamp) -> Option<Timestamp> {
    let hold = |one: &Planned| if one.is_early { one.end } else { one.end + SignedDuration::from_mins(5) };
    let mut until = planned.iter().filter(|one| one.start <= began && began < one.end).map(hold).max()?;
    loop {
        let later = planned.iter().filter(|one| began < one.end && one.start <= until).map(hold).max();
        match later.filter(|later| *later > until) {
            Some(later) => until = later,
            None => return Some(until),
        }
    }
}

/// The known facts at the time of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub planned: &'a [Planned],
    /// False if incidents were not looked at.
    pub incidents: bool,
    pub now: Timestamp,
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
    pub fn offline(&mut self, chatbot: &Name, at: Timestamp, is_transient: bool) {
        let known = self.0.entry(chatbot.clone()).or_default();
        // The latest incident is that of this outage.
        known.outages.iter_mut().for_each(|earlier| earlier.is_transient = false);
        known.outages.push(Interval { began: at, ended: None, is_transient });
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
    pub fn message(&mut self, facts: Facts<'_>) -> Vec<Expected> {
        let mut entries: Vec<_> = self.0.iter_mut().filter_map(|(name, known)| known.entry(name, facts)).collect();
        entries.sort();
        entries
    }

    /// Forgets outages that came and went while they were held.
    pub fn drop_held(&mut self, facts: Facts<'_>) {
        for known in self.0.values_mut() {
            let held = known.take_held(facts);
            known.outages.extend(held);
        }
    }
}

impl Known {
    /// Forgets outages that came and went while they were held. Takes the one that is held.
    fn take_held(&mut self, facts: Facts<'_>) -> Option<Interval> {
        let later = self.outages.split_off(usize::from(self.is_first_told));
        let mut held = None;
        for one in later {
            let incident = facts.incidents && one.is_transient;
            let transient = incident.then(|| one.began + SignedDuration::from_secs(120));
            let holds = [held_until(facts.planned, one.began), transient];
            let mut holds = holds.into_iter().flatten();
            match one.ended {
                Some(ended) if holds.any(|until| ended <= until) => {}
                None if holds.any(|until| facts.now < until) => held = Some(one),
                _ => self.outages.push(one),
            }
        }
        held
    }

    fn entry(&mut self, name: &Name, facts: Facts<'_>) -> Option<Expected> {
        if !std::mem::take(&mut self.is_changed) {
            return None;
        }
        let held = self.take_held(facts);
        let entry = self.entry_of_others(name);
        self.is_changed = held.is_some();
        self.outages.extend(held);
        entry
    }

    fn entry_of_others(&mut self, name: &Name) -> Option<Expected> {
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
                self.outages = vec![Interval { began: first.began, ended: None, is_transient: false }];
                return None;
            }
        }
        self.outages = vec![last.clone()];
        self.is_first_told = true;
        Some(Expected::Offline(name.clone(), last.began))
    }
}
