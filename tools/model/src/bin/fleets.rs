//! Plays rollouts to simulated networks, and prints how many chatbots took what.

use std::{
    num::NonZero,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use centops_domain::rollouts::{AT_RISK, ATTEMPTS, Allowed, Openings};
use centops_model::rollouts::fleet::{Failures, Outcome, Plan, play};
use clap::Parser;
use fastrand::Rng;
use indicatif::{ProgressBar, ProgressStyle};

/// The most takers of a release that breaks half of them, and the least share of rollouts that stop by then.
const BAD: (u32, f64) = (30, 0.999);
/// The most rollouts of a healthy release that stop.
const HEALTHY: f64 = 0.001;

/// Plays rollouts to simulated networks, with lost, doubled and late reports.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "fleets", version)]
struct Options {
    /// Networks of 10 to 10,000 chatbots, whose plan and release are drawn.
    #[arg(long, default_value_t = 1_000_000)]
    count: u32,
    /// Rollouts of a release that breaks half of its takers, for each way in which failures become known.
    #[arg(long, default_value_t = 100_000)]
    bad: u32,
    /// Rollouts of a healthy release to 10,000 chatbots, for each kind of network.
    #[arg(long, default_value_t = 2_000)]
    healthy: u32,
    /// Seed; the figures are the same for the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Options { count, bad, healthy, seed } = Options::parse();
    let holds = [networks(count, seed), bad_releases(bad, seed), healthy_releases(healthy, seed), openings(seed)];
    if holds.into_iter().all(|holds| holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays `count` rollouts.
fn played(name: &'static str, count: u32, seed: u64, plan: impl Fn(&mut Rng) -> Plan + Sync) -> Vec<Outcome> {
    let bar = ProgressBar::new(count.into()).with_message(name);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {human_pos} of {human_len}, {eta} left") {
        bar.set_style(style);
    }
    let next = AtomicU32::new(0);
    let outcomes = Mutex::new(Vec::new());
    let play_all = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            // Each rollout has random numbers of its own, so that threads make no difference.
            let mut random = Rng::with_seed((seed << 32) | u64::from(number));
            let plan = plan(&mut random);
            let outcome = play(&plan, &mut random);
            let Ok(mut outcomes) = outcomes.lock() else { return };
            outcomes.push(outcome);
            bar.inc(1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(play_all))));
    bar.finish_and_clear();
    outcomes.into_inner().unwrap_or_default()
}

/// Returns how many of `outcomes` are as `is` says.
fn count_of(outcomes: &[Outcome], is: impl Fn(&Outcome) -> bool) -> u32 {
    outcomes.iter().map(|one| u32::from(is(one))).sum()
}

/// Returns a network of 10 to 10,000 chatbots with its plan and its release.
fn any_plan(random: &mut Rng) -> Plan {
    let shares = [0.01, 0.05, 0.1, 0.2, 0.5];
    let first = shares[random.usize(0..shares.len())];
    let least = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000][random.usize(0..9)];
    Plan {
        chatbots: random.usize(least..=2 * least),
        house: random.usize(1..=10),
        phases: [first, first.max(shares[random.usize(0..shares.len())])],
        allowed: Allowed {
            at_once: random.u32(AT_RISK..=500),
            at_risk: random.u32(1..=AT_RISK),
            attempts: random.u8(1..=ATTEMPTS),
        },
        breaks: [1.0, 1.0, 1.0, 0.75, 0.5, 0.5, 0.25, 0.1, 0.01, 0.0][random.usize(0..10)],
        together: random.bool(),
        failures: Failures::Mixed,
        lost: [0.0, 0.1, 0.5, 1.0][random.usize(0..4)],
        disturbed: random.bool(),
    }
}

fn networks(count: u32, seed: u64) -> bool {
    let outcomes = played("networks", count, seed, any_plan);
    let sum = |of: fn(&Outcome) -> u32| outcomes.iter().map(|one| u64::from(of(one))).sum::<u64>();
    let (overshoot, differences) = (sum(|one| one.overshoot), sum(|one| one.differences));
    let stopped = count_of(&outcomes, |one| one.stopped);
    println!(
        "{count} networks: {} took a release, {stopped} rollouts stopped, overshoot {overshoot}, differences between \
         histories and what is stored {differences}",
        sum(|one| one.taken),
    );
    overshoot == 0 && differences == 0
}

/// Returns a rollout to 10,000 chatbots with the default limits.
fn default_plan() -> Plan {
    Plan {
        chatbots: 10_000,
        house: 1,
        phases: [0.01, 0.1],
        allowed: Allowed { at_once: 500, at_risk: AT_RISK, attempts: ATTEMPTS },
        breaks: 0.5,
        together: false,
        failures: Failures::Reported,
        lost: 0.0,
        disturbed: false,
    }
}

fn bad_releases(count: u32, seed: u64) -> bool {
    println!("\nA release that breaks a share of its takers: takers, of 10,000, when it stops");
    println!("  share  failures  stopped    mean  99 %  99.9 %  most  at most {}", BAD.0);
    let kinds = [
        ("reported", Failures::Reported),
        ("silent", Failures::Silent),
        ("first", Failures::First),
        ("mixed", Failures::Mixed),
    ];
    let mut holds = true;
    for (share, runs) in [(1.0, count / 10), (0.5, count), (0.25, count / 10), (0.1, count / 50)] {
        for (name, failures) in kinds {
            let plan = |_: &mut Rng| Plan { breaks: share, failures, ..default_plan() };
            let outcomes = played(name, runs, seed, plan);
            let mut taken = outcomes.iter().map(|one| one.taken).collect::<Vec<_>>();
            taken.sort_unstable();
            let at = |thousandths: usize| taken.get((taken.len() * thousandths / 1_000).min(taken.len() - 1));
            let [most_of_99, most_of_999, most] = [990, 999, 1_000].map(|share| at(share).copied().unwrap_or_default());
            let few = f64::from(count_of(&outcomes, |one| one.stopped && one.taken <= BAD.0)) / f64::from(runs);
            let mean = taken.iter().copied().map(f64::from).sum::<f64>() / f64::from(runs);
            let stopped = count_of(&outcomes, |one| one.stopped);
            println!(
                "  {:>4.0} %  {name:<8} {stopped:>8} {mean:>7.1} {most_of_99:>5} {most_of_999:>7} {most:>5}  {:.3} %",
                share * 100.0,
                few * 100.0
            );
            holds &= share < 0.5 || few >= BAD.1;
        }
    }
    holds
}

fn healthy_releases(count: u32, seed: u64) -> bool {
    println!("\nA healthy release, 1 % noise, to 10,000 chatbots: rollouts that stop");
    let mut holds = true;
    for (name, failures, house, together) in [
        ("failures are reported", Failures::Reported, 1, false),
        ("failures are silent", Failures::Silent, 1, false),
        ("failures are heard first", Failures::First, 1, false),
        ("institutions of up to 10 fail together", Failures::Mixed, 10, true),
        ("institutions of up to 50 fail together, heard first", Failures::First, 50, true),
    ] {
        let plan = |_: &mut Rng| Plan { breaks: 0.01, failures, house, together, ..default_plan() };
        let outcomes = played(name, count, seed, plan);
        let stopped = count_of(&outcomes, |one| one.stopped);
        let most = f64::from(count) * HEALTHY;
        println!("  {name}: {stopped} of {count} (at most {most:.0})");
        holds &= f64::from(stopped) <= most;
    }
    holds
}

/// The number of openings of circuits after which a release that makes no difference has been compared for long enough.
const OPENINGS: u32 = 2_000;
/// The number of rollouts in which they are compared.
const COMPARED: u32 = 20_000;

fn openings(seed: u64) -> bool {
    println!("\nOpenings of circuits, {OPENINGS} each, to which a release makes no difference: rollouts that stop");
    let mut holds = true;
    for takers in [10, 100, 500, 900] {
        let mut random = Rng::with_seed(seed ^ u64::from(takers));
        let stops = |_: &u32| {
            let mut openings = Openings::default();
            (0..OPENINGS).any(|_| {
                openings = openings.with(random.u32(0..1_000) < takers, takers, 1_000);
                openings.are_too_many()
            })
        };
        let stopped = (0..COMPARED).filter(stops).count();
        let most = f64::from(COMPARED) * HEALTHY;
        println!("  {takers} of 1000 are takers: {stopped} of {COMPARED} (at most {most:.0})");
        holds &= f64::from(u32::try_from(stopped).unwrap_or(u32::MAX)) <= most;
    }
    holds
}
