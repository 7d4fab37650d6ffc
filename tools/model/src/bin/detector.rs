//! Computes and simulates the figures of the fast detector: its rate of false alarms and its delay.

use std::{process::ExitCode, thread};

use centops_domain::health::{Judgement, Policy, next_score};
use clap::Parser;
use fastrand::Rng;

/// The background share of failures, which must not alarm.
const BACKGROUND: f64 = 0.25;
/// The most false alarms in a million excursions.
const MAX_FALSE_ALARMS: f64 = 1.0;
/// The most observations until a total outage alarms.
const MAX_DELAY: u32 = 13;
/// The number of simulated outages per share of failures.
const OUTAGES: usize = 20_000;
/// The most observations of a simulated outage.
const LONGEST: u32 = 1_000_000;

/// Computes and simulates the figures of the fast detector under the default policy.
#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "detector", version)]
struct Options {
    /// Excursions to simulate, each from a first failure until the score is zero again, or an alarm.
    #[arg(long, default_value_t = 1_000_000_000)]
    excursions: u64,
    /// Seed; the figures are the same for the same seed and number of threads.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of threads; all cores by default.
    #[arg(long)]
    threads: Option<u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let policy = Policy::default();
    let (threshold, recovery) = (policy.fast.threshold.get(), policy.fast.recovery.get());
    println!("threshold {threshold}, a success takes {recovery} off");
    println!("\nFalse alarms in a million excursions at {:.0} % failures", BACKGROUND * 100.0);
    let exact = ruin(threshold, recovery) * 1e6;
    println!("  exact       {exact:.4}");
    let (alarms, excursions) = simulate(options, &policy);
    #[expect(clippy::cast_precision_loss, reason = "it is shown")]
    let (simulated, error) = {
        let million = excursions as f64 / 1e6;
        (alarms as f64 / million, (alarms as f64).sqrt() / million)
    };
    println!("  simulated   {simulated:.4} ± {error:.4} ({alarms} in {excursions} excursions, seed {})", options.seed);
    println!("  limit       {MAX_FALSE_ALARMS}");
    println!("\nObservations until the alarm, after 1000 of which 1 % failed ({OUTAGES} outages each)");
    println!("  failures    mean      99 %      most");
    let mut rng = Rng::with_seed(options.seed);
    let mut longest = 0;
    for percent in [100, 90, 75, 60] {
        let delays = outages(percent, &policy, &mut rng);
        let mean = f64::from(delays.iter().sum::<u32>()) / f64::from(u32::try_from(delays.len()).unwrap_or(1));
        let most = delays.last().copied().unwrap_or(LONGEST);
        let late = delays.get(delays.len() * 99 / 100).copied().unwrap_or(LONGEST);
        println!("  {percent:>3} %       {mean:<9.1} {late:<9} {most}");
        if percent == 100 {
            longest = most;
        }
    }
    println!("  limit at 100 %                {MAX_DELAY}");
    if (exact - simulated).abs() > 5.0 * error.max(1e-3) {
        eprintln!("the calculation and the simulation contradict each other");
        return ExitCode::FAILURE;
    }
    if exact > MAX_FALSE_ALARMS || simulated > MAX_FALSE_ALARMS || longest > MAX_DELAY {
        eprintln!("limit missed");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Returns the probability that an excursion, started by a failure, reaches the threshold before zero: the solution of
/// f(s) = p·f(s + 1) + (1 − p)·f(s − recovery) with f(≤ 0) = 0 and f(threshold) = 1, iterated to the fixed point.
fn ruin(threshold: u32, recovery: u32) -> f64 {
    let (top, down) = (threshold as usize, recovery as usize);
    let mut chance = vec![0.0_f64; top + 1];
    chance[top] = 1.0;
    loop {
        let before = chance.clone();
        for score in (1..top).rev() {
            let fallen = score.checked_sub(down).map_or(0.0, |score| chance[score]);
            chance[score] = BACKGROUND * chance[score + 1] + (1.0 - BACKGROUND) * fallen;
        }
        if chance == before {
            return chance[1];
        }
    }
}

fn judged(failed: bool) -> Judgement {
    if failed { Judgement::Failed } else { Judgement::Fine }
}

/// Returns the number of alarms and of simulated excursions.
fn simulate(options: Options, policy: &Policy) -> (u64, u64) {
    let cores = || thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let threads = options.threads.unwrap_or_else(cores).max(1);
    let each = options.excursions.div_ceil(threads);
    let alarms = thread::scope(|scope| {
        let begin = |number| scope.spawn(move || alarms(each, Rng::with_seed(options.seed + number), policy));
        let running: Vec<_> = (0..threads).map(begin).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(u64::MAX)).fold(0, u64::saturating_add)
    });
    (alarms, each * threads)
}

fn alarms(excursions: u64, mut rng: Rng, policy: &Policy) -> u64 {
    let threshold = policy.fast.threshold.get();
    let mut alarms = 0;
    for _ in 0..excursions {
        let mut score = next_score(0, Judgement::Failed, policy);
        while score > 0 && score < threshold {
            score = next_score(score, judged(rng.f64() < BACKGROUND), policy);
        }
        alarms += u64::from(score >= threshold);
    }
    alarms
}

/// Returns the number of observations until the alarm for many outages, sorted.
fn outages(percent: u8, policy: &Policy, rng: &mut Rng) -> Vec<u32> {
    let one = |rng: &mut Rng| {
        let mut score = 0;
        for _ in 0..1000 {
            score = next_score(score, judged(rng.u8(0..100) < 1), policy);
        }
        (1..=LONGEST).find(|_| {
            score = next_score(score, judged(rng.u8(0..100) < percent), policy);
            score >= policy.fast.threshold.get()
        })
    };
    let mut delays: Vec<_> = (0..OUTAGES).map(|_| one(rng).unwrap_or(LONGEST)).collect();
    delays.sort_unstable();
    delays
}
