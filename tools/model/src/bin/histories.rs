//! Runs random histories on the engine and on the model, on all cores, and compares.

use std::{
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use centops_domain::health::FoldSummary;
use centops_model::{
    differential::Statistics,
    run::{Counterexample, run},
};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

/// The number of histories that a thread takes at once.
const CHUNK: u64 = 50;

/// Runs random histories on the health engine and on its model, and compares both after each step.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "histories", version)]
struct Options {
    /// Number of histories.
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// Seed; the histories are the same for the same seed, with any number of threads.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first history, to run one of them alone.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Number of threads; all cores by default.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = options.threads.unwrap_or_else(cores).max(1);
    let start = Instant::now();
    let (statistics, found) = run_all(options, threads);
    let seconds = start.elapsed().as_secs_f64();
    println!("histories     {}", statistics.histories);
    println!("steps         {}", statistics.steps);
    println!("observations  {}", statistics.observations);
    let FoldSummary { counted, late, repeated, before_enrolment, .. } = statistics.folded;
    println!("  counted {counted}, late {late}, repeated {repeated}, before the enrolment {before_enrolment}");
    println!("events");
    for (kind, count) in &statistics.events {
        println!("  {kind:<18}{count}");
    }
    println!("seed          {}", options.seed);
    #[expect(clippy::cast_precision_loss, reason = "it is shown")]
    let rate = statistics.histories as f64 / seconds;
    println!("elapsed       {seconds:.1} s on {threads} threads, {rate:.0} histories a second");
    if let Some(found) = found {
        println!("differences   at least 1: run it with --seed {} --first {} --count 1", options.seed, found.number);
        println!("{found}");
        return ExitCode::FAILURE;
    }
    println!("differences   0");
    ExitCode::SUCCESS
}

/// Runs histories until all are done or one differs.
fn run_all(options: Options, threads: usize) -> (Statistics, Option<Counterexample>) {
    let end = options.first.saturating_add(options.count);
    let next = AtomicU64::new(options.first);
    let sum = Mutex::new((Statistics::default(), None::<Counterexample>));
    let bar = ProgressBar::new(options.count);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len}, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(CHUNK, Ordering::Relaxed);
                    if from >= end {
                        return;
                    }
                    let result = run(options.seed, from..(from + CHUNK).min(end));
                    let Ok(mut sum) = sum.lock() else { return };
                    match result {
                        Ok(statistics) => sum.0.add(&statistics),
                        Err(found) => {
                            next.store(end, Ordering::Relaxed);
                            if sum.1.as_ref().is_none_or(|before| found.number < before.number) {
                                sum.1 = Some(found);
                            }
                            return;
                        }
                    }
                    bar.set_position(sum.0.histories);
                }
            });
        }
    });
    bar.finish_and_clear();
    sum.into_inner().unwrap_or_default()
}
