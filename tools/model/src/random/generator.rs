//! The generator of random histories.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::Name,
    ingestion::{Observer, Sequence},
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::{policies, scenario::Scenario};
use crate::history::{Action, Fault, Message, Policies, Step};

/// Noon of 1 January 2026, in Unix seconds.
const START: i64 = 1_767_268_800;

/// The condition of a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Good,
    Shaky,
    Slow,
    Bad,
}

/// A history that is being generated.
pub(super) struct Generator {
    pub(super) rng: Rng,
    pub(super) scenario: Scenario,
    pub(super) now: Timestamp,
    pub(super) policies: Policies,
    pub(super) steps: Vec<Step>,
    pub(super) observations: usize,
    pub(super) names: Vec<Name>,
    pub(super) condition: Vec<Condition>,
    pub(super) observers: Vec<Observer>,
    /// The observers that have stopped reporting.
    pub(super) silenced: Vec<bool>,
    pub(super) sequences: BTreeMap<Observer, u64>,
    pub(super) sent: Vec<Message>,
}

impl Generator {
    pub(super) fn new(mut rng: Rng) -> Self {
        let scenarios = [
            Scenario::Mixed,
            Scenario::Mixed,
            Scenario::Outage,
            Scenario::Flapping,
            Scenario::FaultyDmr,
            Scenario::Silence,
            Scenario::Slow,
        ];
        let scenario = scenarios[rng.usize(..scenarios.len())];
        let chatbots = match scenario {
            Scenario::Mixed | Scenario::FaultyDmr => rng.usize(1..=4),
            Scenario::Outage => rng.usize(3..=6),
            Scenario::Flapping => 1,
            Scenario::Silence | Scenario::Slow => rng.usize(1..=2),
        };
        let names: Vec<Name> = ["bot-0", "bot-1", "bot-2", "bot-3", "bot-4", "bot-5"]
            .iter()
            .take(chatbots)
            .filter_map(|name| name.parse().ok())
            .collect();
        let dmrs = ["narva", "parnu", "tallinn", "tartu"].into_iter().take(rng.usize(1..=4));
        let dmrs = dmrs.filter_map(|name| name.parse().ok()).map(Observer::Dmr);
        let observers: Vec<_> = [Observer::Chatbot].into_iter().chain(dmrs).collect();
        let policies = policies::policies(&mut rng, &names, scenario);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(START + rng.i64(0..7200));
        Self {
            scenario,
            now: now + SignedDuration::from_millis(rng.i64(0..1000)),
            policies,
            steps: Vec::new(),
            observations: 0,
            condition: vec![Condition::Good; names.len()],
            names,
            silenced: vec![false; observers.len()],
            observers,
            sequences: BTreeMap::new(),
            sent: Vec::new(),
            rng,
        }
    }

    /// Returns true with a probability of `percent`.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    pub(super) fn any_chatbot(&mut self) -> usize {
        self.rng.usize(..self.names.len())
    }

    /// Advances the time.
    pub(super) fn advance(&mut self, milliseconds: i64) {
        self.now += SignedDuration::from_millis(milliseconds);
    }

    /// Appends a step, performed by a machine whose clock is up to five seconds off.
    pub(super) fn push(&mut self, action: Action, fault: Fault) {
        let skew = if self.chance(40) { self.rng.i64(-5000..=5000) } else { 0 };
        let (now, jitter) = (self.now + SignedDuration::from_millis(skew), self.rng.f64());
        self.steps.push(Step { now, jitter, action, fault });
    }

    pub(super) fn next_sequence(&mut self, observer: &Observer) -> Sequence {
        let sequence = self.sequences.entry(observer.clone()).or_default();
        *sequence += 1 + u64::from(self.rng.u8(0..3));
        Sequence::from(u128::from(*sequence))
    }

    /// Advances the time, changes conditions, and performs an action.
    pub(super) fn round(&mut self) {
        let jump = self.chance(3);
        let passed = match self.scenario {
            Scenario::Slow => self.rng.i64(1000..600_000),
            Scenario::Silence => 60_000,
            Scenario::Flapping => self.rng.i64(1000..20_000),
            _ if jump => self.rng.i64(60_000..4_000_000),
            _ => self.rng.i64(0..15_000),
        };
        self.advance(passed);
        self.change_conditions();
        match self.scenario {
            Scenario::Flapping => self.flap(),
            Scenario::Silence => self.report_regularly(),
            _ => {}
        }
        match self.rng.u32(0..100) {
            0..50 => self.deliver(),
            50..58 => self.redeliver(),
            58..84 => self.probe(),
            84..88 => self.set_or_end_control(),
            88..91 => self.change_policies(),
            91..94 => self.enrol_or_delete(),
            94..97 => self.change_address(),
            _ => self.report_late(),
        }
    }

    fn change_conditions(&mut self) {
        let (change, bad) = match self.scenario {
            Scenario::Outage => (15, 75),
            Scenario::Flapping => (0, 0),
            Scenario::FaultyDmr => (4, 10),
            Scenario::Mixed | Scenario::Silence | Scenario::Slow => (12, 45),
        };
        for chatbot in 0..self.condition.len() {
            if self.chance(change) {
                let worse = if self.chance(75) { Condition::Bad } else { Condition::Slow };
                let better = if self.chance(80) { Condition::Good } else { Condition::Shaky };
                self.condition[chatbot] = if self.chance(bad) { worse } else { better };
            }
        }
        if matches!(self.scenario, Scenario::Mixed | Scenario::Silence) && self.chance(4) {
            let observer = self.rng.usize(..self.silenced.len());
            self.silenced[observer] = !self.silenced[observer];
        }
    }
}
