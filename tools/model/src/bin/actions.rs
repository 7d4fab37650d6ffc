//! Replays generated incidents, and compares the suggested actions with two baselines.

use std::process::ExitCode;

use centops_model::incidents::{
    World,
    actions::{MAX_COVERAGE_WITHOUT_SIGNAL, MIN_COVERAGE, MIN_GAIN, replay, replay_by_institution, replay_worlds},
};
use clap::Parser;

/// Replays generated incidents, and compares the suggested actions with two baselines.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "actions", version)]
struct Options {
    /// Number of incidents of each world.
    #[arg(long, default_value_t = 2000)]
    count: usize,
    /// Number of worlds: each has other faults.
    #[arg(long, default_value_t = 10)]
    worlds: u64,
    /// Seed; the figures are the same for the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Options { count, worlds, seed } = Options::parse();
    let run = |world, replay| replay_worlds(seed, worlds, count, world, replay);
    println!("{worlds} worlds of {count} incidents, seed {seed}");
    let in_time = run(World::Signal, replay);
    println!("\nEach incident from the earlier ones\n{in_time}");
    let left_out = run(World::Signal, replay_by_institution);
    println!("Each incident from the earlier ones of other institutions\n{left_out}");
    let faint = run(World::Faint, replay);
    println!("Faults that show in half of the features\n{faint}");
    let silent = run(World::NoSignal, replay);
    println!("Actions that do not depend on the incident\n{silent}");
    println!(
        "limits: with a suggestion at least {MIN_COVERAGE} %, gain {MIN_GAIN} points; the same of other institutions;"
    );
    println!(
        "        faint faults: gain 0; without a signal: with a suggestion at most {MAX_COVERAGE_WITHOUT_SIGNAL} %"
    );
    let is_silent = silent.total.coverage() <= MAX_COVERAGE_WITHOUT_SIGNAL;
    if in_time.total.pass() && left_out.total.pass() && faint.total.gain() >= 0.0 && is_silent {
        return ExitCode::SUCCESS;
    }
    eprintln!("limit missed");
    ExitCode::FAILURE
}
