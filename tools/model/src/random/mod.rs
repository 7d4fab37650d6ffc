//! Makes up histories: a few chatbots whose weather changes, observers that are late, repeat themselves
//! or lie, probers that are slow or get lost, administrators, and machines that crash.

mod actions;
mod numbers;
mod reports;

use std::collections::BTreeMap;

use centops_domain::{
    name::Name,
    observation::{Observer, Sequence},
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::history::{Action, History, Message, Mishap, Policies, Step};

/// Each history has at least so many.
pub const FEWEST_OBSERVATIONS: usize = 100;
/// Each history has at least so many steps.
const FEWEST_STEPS: usize = 40;
/// Noon of 1 January 2026.
const BEGIN: i64 = 1_767_268_800;

/// How a chatbot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Good,
    Shaky,
    Slow,
    Bad,
}

/// What kind of a story it is: each shows something that seldom happens in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    Mixed,
    /// Most fail at once.
    Outage,
    /// One goes up and down.
    Flapping,
    /// One DMR reports nonsense.
    Liar,
    /// Observers report like clockwork, and then some do not.
    Silence,
    /// Steps are minutes or hours apart.
    Slow,
}

/// A history being written.
struct Writer {
    rng: Rng,
    story: Story,
    now: Timestamp,
    policies: Policies,
    steps: Vec<Step>,
    observations: usize,
    names: Vec<Name>,
    weather: Vec<Weather>,
    observers: Vec<Observer>,
    /// Who has stopped reporting.
    mute: Vec<bool>,
    sequences: BTreeMap<Observer, u64>,
    sent: Vec<Message>,
}

/// The history of a seed.
#[must_use]
pub fn history(seed: u64) -> History {
    let mut writer = Writer::new(Rng::with_seed(seed));
    let policies = writer.policies.clone();
    writer.enrol_all();
    while writer.steps.len() < FEWEST_STEPS || writer.observations < FEWEST_OBSERVATIONS {
        writer.round();
    }
    if writer.chance(30) {
        writer.calm_down();
    }
    History { policies, steps: writer.steps }
}

impl Writer {
    fn new(mut rng: Rng) -> Self {
        let stories =
            [Story::Mixed, Story::Mixed, Story::Outage, Story::Flapping, Story::Liar, Story::Silence, Story::Slow];
        let story = stories[rng.usize(..stories.len())];
        let chatbots = match story {
            Story::Mixed | Story::Liar => rng.usize(1..=4),
            Story::Outage => rng.usize(3..=6),
            Story::Flapping => 1,
            Story::Silence | Story::Slow => rng.usize(1..=2),
        };
        let names: Vec<Name> = ["bot-0", "bot-1", "bot-2", "bot-3", "bot-4", "bot-5"]
            .iter()
            .take(chatbots)
            .filter_map(|name| name.parse().ok())
            .collect();
        let dmrs = ["narva", "parnu", "tallinn", "tartu"].into_iter().take(rng.usize(1..=4));
        let dmrs = dmrs.filter_map(|name| name.parse().ok()).map(Observer::Dmr);
        let observers: Vec<_> = [Observer::Chatbot].into_iter().chain(dmrs).collect();
        let policies = numbers::policies(&mut rng, &names, story);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(BEGIN + rng.i64(0..7200));
        Self {
            story,
            now: now + SignedDuration::from_millis(rng.i64(0..1000)),
            policies,
            steps: Vec::new(),
            observations: 0,
            weather: vec![Weather::Good; names.len()],
            names,
            mute: vec![false; observers.len()],
            observers,
            sequences: BTreeMap::new(),
            sent: Vec::new(),
            rng,
        }
    }

    /// Whether something happens that happens so often in a hundred times.
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    fn any_chatbot(&mut self) -> usize {
        self.rng.usize(..self.names.len())
    }

    /// Time passes.
    fn pass(&mut self, milliseconds: i64) {
        self.now += SignedDuration::from_millis(milliseconds);
    }

    /// Writes a step, done by a machine whose clock is up to five seconds off.
    fn write(&mut self, action: Action, mishap: Mishap) {
        let skew = if self.chance(40) { self.rng.i64(-5000..=5000) } else { 0 };
        let (now, dice) = (self.now + SignedDuration::from_millis(skew), self.rng.f64());
        self.steps.push(Step { now, dice, action, mishap });
    }

    fn next_sequence(&mut self, observer: &Observer) -> Sequence {
        let sequence = self.sequences.entry(observer.clone()).or_default();
        *sequence += 1 + u64::from(self.rng.u8(0..3));
        Sequence::from(u128::from(*sequence))
    }

    /// Some time passes, the weather changes, and somebody does something.
    fn round(&mut self) {
        let jump = self.chance(3);
        let passed = match self.story {
            Story::Slow => self.rng.i64(1000..600_000),
            Story::Silence => 60_000,
            Story::Flapping => self.rng.i64(1000..20_000),
            _ if jump => self.rng.i64(60_000..4_000_000),
            _ => self.rng.i64(0..15_000),
        };
        self.pass(passed);
        self.change_weather();
        match self.story {
            Story::Flapping => self.flap(),
            Story::Silence => self.clockwork(),
            _ => {}
        }
        match self.rng.u32(0..100) {
            0..50 => self.deliver(),
            50..58 => self.redeliver(),
            58..84 => self.probe(),
            84..88 => self.control(),
            88..91 => self.change_policies(),
            91..94 => self.enrol_or_delete(),
            _ => self.report_late(),
        }
    }

    fn change_weather(&mut self) {
        let (change, bad) = match self.story {
            Story::Outage => (15, 75),
            Story::Flapping => (0, 0),
            Story::Liar => (4, 10),
            Story::Mixed | Story::Silence | Story::Slow => (12, 45),
        };
        for chatbot in 0..self.weather.len() {
            if self.chance(change) {
                let worse = if self.chance(75) { Weather::Bad } else { Weather::Slow };
                let better = if self.chance(80) { Weather::Good } else { Weather::Shaky };
                self.weather[chatbot] = if self.chance(bad) { worse } else { better };
            }
        }
        if matches!(self.story, Story::Mixed | Story::Silence) && self.chance(4) {
            let observer = self.rng.usize(..self.mute.len());
            self.mute[observer] = !self.mute[observer];
        }
    }
}
