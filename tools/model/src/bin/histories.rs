//! Plays random histories on the engine and on the model, on all cores, and compares.

use std::{
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use centops_domain::health::Folded;
use centops_model::{
    play::Tally,
    run::{Found, run},
};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

/// A thread takes so many histories at once.
const PORTION: u64 = 50;

/// Plays random histories on the health engine and on its model, and compares both after each step.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "histories", version)]
struct Options {
    /// How many.
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// They are the same for the same seed, on however many threads.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first: to play one of them alone.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Threads; all cores without.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = options.threads.unwrap_or_else(cores).max(1);
    let began = Instant::now();
    let (tally, found) = play_all(options, threads);
    let seconds = began.elapsed().as_secs_f64();
    println!("histories     {}", tally.histories);
    println!("steps         {}", tally.steps);
    println!("observations  {}", tally.observations);
    let Folded { counted, late, repeated, before_enrolment, .. } = tally.folded;
    println!("  counted {counted}, late {late}, repeated {repeated}, before the enrolment {before_enrolment}");
    println!("facts");
    for (kind, count) in &tally.facts {
        println!("  {kind:<18}{count}");
    }
    println!("seed          {}", options.seed);
    #[expect(clippy::cast_precision_loss, reason = "it is shown")]
    let pace = tally.histories as f64 / seconds;
    println!("elapsed       {seconds:.1} s on {threads} threads, {pace:.0} histories a second");
    if let Some(found) = found {
        println!("differences   at least 1: play it with --seed {} --first {} --count 1", options.seed, found.number);
        println!("{found}");
        return ExitCode::FAILURE;
    }
    println!("differences   0");
    ExitCode::SUCCESS
}

/// Plays them until all are played or one differs.
fn play_all(options: Options, threads: usize) -> (Tally, Option<Found>) {
    let end = options.first.saturating_add(options.count);
    let next = AtomicU64::new(options.first);
    let sum = Mutex::new((Tally::default(), None::<Found>));
    let bar = ProgressBar::new(options.count);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len}, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(PORTION, Ordering::Relaxed);
                    if from >= end {
                        return;
                    }
                    let played = run(options.seed, from..(from + PORTION).min(end));
                    let Ok(mut sum) = sum.lock() else { return };
                    match played {
                        Ok(tally) => sum.0.add(&tally),
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
