//! A storm: all chatbots of the network fail within a minute. `CentOps` and Debian's Alertmanager tell the owners, one
//! after the other, on the same plan. Both are killed in the middle and started again, and both send to a receiver that
//! answers 1 % of the requests with an error.

mod alertmanager;
pub mod ledger;
mod ours;
pub mod plan;
mod pool;
pub mod queue;
mod seed;
mod services;
mod sink;
mod template;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::{Instant, sleep};

use self::ledger::Summary;
use self::plan::{Plan, STORM};
use self::sink::Sink;
use crate::bench::Bench;
use crate::error::BenchError;
use crate::report::{Figure, Unit};

/// The time of the kill, from the start of the storm.
const KILL: Duration = Duration::from_secs(30);
/// The time without a message after which a storm is over: longer than a minute, after which a sweep or a second message
/// would come.
const QUIET: Duration = Duration::from_secs(75);
/// The time between two looks at the receiver.
const LOOK: Duration = Duration::from_millis(200);
/// The most messages of an owner.
const MESSAGES_BAR: f64 = 1.0;
/// The latest message, in seconds from the start of the storm.
const LAST_BAR: f64 = 180.0;

/// The result of the storm on one of the systems.
#[derive(Debug)]
struct Outcome {
    /// False if the time limit ended the run.
    complete: bool,
    summary: Summary,
    /// The CPU time of all processes, those that were killed included.
    cpu: Duration,
    /// The largest resident memory, in MiB.
    memory: f64,
    /// Figures that only this system has.
    further: Vec<(&'static str, f64, Unit)>,
}

/// Measures both systems, with `chatbots` chatbots.
///
/// # Errors
/// When Alertmanager is not installed, or a part of the bench fails.
pub async fn measure(bench: &Bench, chatbots: usize, seed: u64) -> Result<Vec<Figure>, BenchError> {
    println!("storm: seed {seed}");
    let plan = Plan::new(chatbots, seed);
    let ours = ours::run(bench, &plan, seed).await?;
    print("CentOps", &ours);
    let theirs = alertmanager::run(&plan, seed).await?;
    print("Alertmanager", &theirs);
    Ok([figures("CentOps", &ours, true), figures("Alertmanager", &theirs, false)].concat())
}

/// Prints the end of a run: the other system takes minutes.
fn print(system: &str, outcome: &Outcome) {
    let Summary { mean, most, last, lost, .. } = outcome.summary;
    let end = if outcome.complete { "ended" } else { "was stopped at its time limit" };
    println!(
        "storm: {system} {end}: {mean:.4} messages an owner, {most} at most, the last at {last:.1?}, {lost} chatbots never told"
    );
}

/// Returns the figures of `system`, with the bars of ours if `is_ours`.
fn figures(system: &str, outcome: &Outcome, is_ours: bool) -> Vec<Figure> {
    let summary = &outcome.summary;
    let figure = |name: &str, value: f64, unit| Figure::new(format!("storm, {system}, {name}"), value, unit);
    let limited = |figure: Figure, bar| if is_ours { figure.at_most(bar) } else { figure };
    let mut figures = vec![
        figure("messages of an owner, mean", summary.mean, Unit::Ratio),
        limited(figure("messages of an owner, most", count(summary.most), Unit::Count), MESSAGES_BAR),
        figure("first message", summary.first.as_secs_f64(), Unit::Seconds),
        limited(figure("last message", summary.last.as_secs_f64(), Unit::Seconds), LAST_BAR),
        limited(figure("chatbots never told", count(summary.lost), Unit::Count), 0.0),
        limited(figure("chatbots told twice", count(summary.doubled), Unit::Count), 0.0),
        figure("requests repeated with the same id", count(summary.repeated), Unit::Count),
        figure("requests that the receiver refused", count(summary.refused), Unit::Count),
        figure("CPU", outcome.cpu.as_secs_f64(), Unit::Seconds),
        figure("memory", outcome.memory, Unit::MiB),
    ];
    figures.extend(outcome.further.iter().map(|(name, value, unit)| figure(name, *value, *unit)));
    figures
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Watches a receiver.
struct Watch<'a> {
    /// The system that sends to it.
    name: &'static str,
    sink: &'a Sink,
    plan: &'a Plan,
    /// The longest time to watch.
    limit: Duration,
}

impl Watch<'_> {
    /// Waits until every chatbot was named in a message, and no message came for a while. Returns false if the time limit
    /// ended the wait.
    async fn until_quiet(&self) -> bool {
        let progress = ProgressBar::new(u64::try_from(self.plan.chatbots()).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} chatbots told, {elapsed}") {
            progress.set_style(style);
        }
        progress.set_message(self.name);
        let started = Instant::now();
        let complete = loop {
            sleep(LOOK).await;
            let (named, silence) = self.sink.progress();
            progress.set_position(u64::try_from(named).unwrap_or(u64::MAX));
            if started.elapsed() > STORM && named >= self.plan.chatbots() && silence > QUIET {
                break true;
            }
            if started.elapsed() > self.limit {
                break false;
            }
        };
        progress.finish_and_clear();
        complete
    }
}
