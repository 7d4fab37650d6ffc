//! Random episodes: chatbots fail and come back, are taken out and removed; people acknowledge, resolve, reopen and dismiss in
//! any order; functions crash; the queue loses and repeats. Each outage is in one incident, each state is reached by a rule,
//! and each timeline is complete.
//!
//! The full size: `EPISODES=100000 cargo test -p functions-incidents --test incidents episodes --profile fast --
//! --nocapture`. `SEED` selects other episodes.

use std::env;

use centops_domain::{
    incidents::{Action, Attempt, Command},
    notifications::Enrolment,
};
use centops_store::incidents::{IncidentError, IncidentFilter};
use jiff::SignedDuration;

use super::{
    checks::{check, incidents},
    world::World,
};

/// The names of the chatbots.
const NAMES: [&str; 3] = ["tax", "ria", "ppa"];

struct Bot {
    enrolment: Enrolment,
    is_forced: bool,
    is_removed: bool,
}

struct Episode {
    world: World,
    bots: Vec<Bot>,
    /// The commands that were accepted, and those that were refused.
    commands: (usize, usize),
}

impl Episode {
    async fn new(seed: u64) -> Self {
        let mut world = World::new(seed).await;
        world.crash_permille = [0, 100, 300][world.rng.usize(0..3)];
        let mut bots = Vec::new();
        for name in NAMES {
            bots.push(Bot { enrolment: world.enrol(name).await, is_forced: false, is_removed: false });
        }
        // They come online.
        world.run_for(SignedDuration::from_mins(2)).await;
        Self { world, bots, commands: (0, 0) }
    }

    /// Does something at random.
    async fn act(&mut self) {
        let bot = self.world.rng.usize(0..self.bots.len());
        let Bot { enrolment, is_forced, is_removed } = &mut self.bots[bot];
        match self.world.rng.u32(0..20) {
            0..6 if !*is_removed => self.world.fail(enrolment).await,
            6..12 => self.world.heal(enrolment),
            12 if !*is_removed => {
                *is_forced = !*is_forced;
                self.world.force(enrolment, *is_forced).await;
            }
            13 if !*is_removed && self.world.rng.u32(0..4) == 0 => {
                self.world.remove(enrolment).await;
                *is_removed = true;
            }
            14 => {
                // A storm: all fail at once.
                for bot in self.bots.iter().filter(|bot| !bot.is_removed) {
                    self.world.fail(&bot.enrolment).await;
                }
            }
            _ => self.command().await,
        }
    }

    /// Lets a person do something to an incident.
    async fn command(&mut self) {
        let all = incidents(&self.world.table, &IncidentFilter::default()).await;
        if all.is_empty() {
            return;
        }
        let incident = &all[self.world.rng.usize(0..all.len())];
        let action = Attempt { action: Action::Restarted, helped: self.world.rng.bool() };
        let command = match self.world.rng.u32(0..8) {
            0 | 1 => Command::Acknowledge(SignedDuration::from_hours(self.world.rng.i64(1..5))),
            2 => Command::Assign(self.world.rng.bool().then(|| "kati".to_owned())),
            3 => Command::Note("a note".to_owned()),
            4 | 5 => Command::Resolve(self.world.rng.bool().then_some(action)),
            6 => Command::Reopen,
            _ => Command::Dismiss,
        };
        match self.world.command(incident.id, &command).await {
            Ok(()) => self.commands.0 += 1,
            Err(error) => {
                assert!(matches!(error, IncidentError::Refused(_)), "{error}");
                self.commands.1 += 1;
            }
        }
    }

    /// Runs for hours with events, and then until nothing is under way.
    async fn run(&mut self) {
        let steps = self.world.rng.usize(4..30);
        for _ in 0..steps {
            self.act().await;
            let longest = [2, 40, 400, 2000][self.world.rng.usize(0..4)];
            let seconds = self.world.rng.i64(0..longest);
            self.world.run_for(SignedDuration::from_secs(seconds)).await;
        }
        self.world.crash_permille = 0;
        self.world.run_for(SignedDuration::from_mins(20)).await;
    }

    async fn check(&self) -> usize {
        let table = &self.world.table;
        let all = incidents(table, &IncidentFilter::default()).await;
        for bot in &self.bots {
            check(table, &bot.enrolment, &all).await;
        }
        let active = incidents(table, &IncidentFilter { active: true, ..IncidentFilter::default() }).await;
        let expected: Vec<_> = all.iter().filter(|incident| incident.is_active()).cloned().collect();
        assert_eq!(active, expected, "the list of active ones");
        all.len()
    }
}

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn each_outage_is_in_one_incident_whose_states_follow_the_rules_and_whose_timeline_is_complete() {
    let (episodes, first) = (variable("EPISODES", 40), variable("SEED", 1));
    let (mut found, mut crashes, mut commands) = (0, 0, (0, 0));
    for seed in first..first + episodes {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let mut episode = Episode::new(seed).await;
                episode.run().await;
                found += episode.check().await;
                crashes += episode.world.crashes;
                commands = (commands.0 + episode.commands.0, commands.1 + episode.commands.1);
            });
        }));
        if let Err(panic) = ran {
            println!("failed: episode with SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
    let (accepted, refused) = commands;
    println!("{episodes} episodes: {found} incidents, {crashes} crashes, {accepted} commands, {refused} refused");
}
