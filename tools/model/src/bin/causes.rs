//! Generates storms of incidents, and compares the common causes that are found with those that were generated.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use centops_domain::incidents::common_causes;
use centops_model::incidents::{
    StormKind,
    causes::{MIN_PERCENT, evaluate},
    storm,
};
use clap::Parser;

/// The number of chatbots of the timed evaluations.
const CHATBOTS: usize = 10_000;
/// The longest evaluation.
const MAX_TIME: Duration = Duration::from_millis(50);
/// The timed evaluations of each kind of storm.
const REPETITIONS: u64 = 10;

/// Generates storms of incidents, and compares the common causes that are found with those that were generated.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "causes", version)]
struct Options {
    /// Number of storms; an eighth is of each kind.
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// Seed; the figures are the same for the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let figures = evaluate(options.seed, 0..options.count);
    println!("{figures}");
    println!("limit: precision and recall of all, and independent failures without a cause, {MIN_PERCENT} %");
    let mut times: Vec<_> = StormKind::ALL.iter().flat_map(|kind| times(options.seed, *kind)).collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let most = times.last().copied().unwrap_or_default();
    println!("\none evaluation of {CHATBOTS} chatbots: median {median:.1?}, most {most:.1?} of {}", times.len());
    println!("limit: {MAX_TIME:?}\nseed {}", options.seed);
    if !figures.pass() || most > MAX_TIME {
        eprintln!("limit missed");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Returns the times of some evaluations of a large network.
fn times(seed: u64, kind: StormKind) -> impl Iterator<Item = Duration> {
    (0..REPETITIONS).map(move |number| {
        let storm = storm(seed, number, kind, Some(CHATBOTS));
        let start = Instant::now();
        let found = common_causes(&storm.openings, &storm.population, &storm.caps, storm.now);
        let elapsed = start.elapsed();
        drop(found);
        elapsed
    })
}
