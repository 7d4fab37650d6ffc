//! Many short histories of the route table, each with writers and readers at once over a network that
//! loses and delays, and what the checker finds in them.
//!
//! Writers write through stores of their own; readers read through bootstraps: two environments of
//! get-routes, with a table of its own in the memory of each, and one of get-route.

pub mod checker;
pub mod history;
mod reader;
pub mod register;
mod writer;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use centops_domain::chatbots::Name;
use futures::future::try_join_all;
use indicatif::ProgressBar;
use tokio::sync::Mutex;

use self::history::{Action, History, Operation, Time};
use self::reader::{Functions, Reader};
use self::writer::Writer;
use crate::child::Served;
use crate::faults::{Network, Weather};
use crate::figures::{Bench, BenchError};
use crate::report::{Figure, Unit};
use crate::table;

const WRITERS: usize = 4;
const READERS: usize = 3;
const WRITES: usize = 6;
const READS: usize = 6;
const NAMES: usize = 3;
/// So many histories are run at a time, each with a table of its own. Most of their time is waiting.
const LANES: usize = 8;
/// The environments of the functions live for so many histories.
const LIFE: usize = 25;

/// What the writers meet.
const STORM: Weather = Weather {
    lost_requests: 30,
    lost_answers: 40,
    late: 120,
    delay: Duration::from_millis(80),
    silent: 500,
    transaction: Duration::ZERO,
};
/// What the functions meet: they wait for seconds where the bench cannot, so nothing is lost in silence.
const BREEZE: Weather =
    Weather { lost_requests: 5, lost_answers: 5, late: 60, delay: Duration::from_millis(30), silent: 0, ..STORM };

/// The time since a history began.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    fn now(&self) -> Time {
        Time::try_from(self.0.elapsed().as_nanos()).unwrap_or(Time::MAX)
    }
}

/// What all histories together came to.
#[derive(Debug, Default)]
struct Tally {
    histories: usize,
    operations: usize,
    reads: usize,
    failed: usize,
    unknown: usize,
    faults: usize,
    violations: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.operations += other.operations;
        self.reads += other.reads;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.faults += other.faults;
        self.violations.extend(other.violations);
    }
}

/// Runs `count` histories from `seed` on, and checks each.
///
/// # Errors
/// When a part of it fails otherwise than by the faults.
pub async fn measure(bench: &Bench, count: usize, seed: u64) -> Result<Vec<Figure>, BenchError> {
    println!("histories: seed {seed}");
    let progress = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    let lanes = (0..LANES).map(|lane| {
        let seeds = (seed..).take(count).skip(lane).step_by(LANES);
        run(bench, seeds, &progress)
    });
    let mut tally = Tally::default();
    try_join_all(lanes).await?.into_iter().for_each(|lane| tally.add(lane));
    progress.finish_and_clear();
    for violation in &tally.violations {
        eprintln!("centops-bench: {violation}");
    }
    Ok(figures(&tally))
}

fn figures(tally: &Tally) -> Vec<Figure> {
    #[expect(clippy::cast_precision_loss, reason = "nobody runs 2^52 histories")]
    let figure = |name: &str, value: usize| Figure::new(format!("histories, {name}"), value as f64, Unit::Count);
    vec![
        figure("recorded", tally.histories),
        figure("operations", tally.operations),
        figure("reads among them", tally.reads),
        figure("reads answered 5xx, not counted", tally.failed),
        figure("writes with unknown outcome", tally.unknown),
        figure("faults injected", tally.faults),
        figure("violations", tally.violations.len()).at_most(0.0),
    ]
}

async fn run(bench: &Bench, seeds: impl Iterator<Item = u64>, progress: &ProgressBar) -> Result<Tally, BenchError> {
    let table = table::empty().await?;
    let network = Network::start(table.address, 0, BREEZE).await?;
    let mut writers = Vec::new();
    for process in 0..WRITERS {
        writers.push(Writer::start(process, table.address).await?);
    }
    let mut tally = Tally::default();
    let mut lane = Lane { table, writers, functions: functions(bench, network.address).await?, network };
    for (place, seed) in seeds.enumerate() {
        if place % LIFE == LIFE - 1 {
            lane.functions = functions(bench, lane.network.address).await?;
        }
        let (history, failed) = lane.record(seed).await?;
        tally.add(judge(&history, failed)?);
        progress.inc(1);
    }
    let writers = lane.writers.iter().map(|writer| writer.network.injected()).sum::<usize>();
    tally.faults = writers + lane.network.injected();
    drop(lane.table);
    Ok(tally)
}

/// What the histories of one table share.
struct Lane {
    table: Served,
    writers: Vec<Writer>,
    functions: Functions,
    network: Network,
}

impl Lane {
    /// One history, and how many reads failed.
    async fn record(&self, seed: u64) -> Result<(History, usize), BenchError> {
        let mut dice = fastrand::Rng::with_seed(seed);
        let names = names(seed)?;
        let texts: Vec<String> = names.iter().map(Name::to_string).collect();
        let clock = Clock(Instant::now());
        for writer in &self.writers {
            writer.network.reseed(dice.u64(..));
            writer.network.set(STORM);
        }
        self.network.reseed(dice.u64(..));
        self.network.set(BREEZE);
        let mut readers: Vec<Reader> = (0..READERS).map(|reader| Reader::new(WRITERS + reader)).collect();
        let writing = try_join_all(self.writers.iter().map(|writer| {
            let dice = dice.fork();
            writer.run(&clock, &names, WRITES, dice)
        }));
        let reading = try_join_all(readers.iter_mut().map(|reader| {
            let (mut dice, texts) = (dice.fork(), &texts);
            async move { reader.run(&clock, &self.functions, texts, READS, &mut dice).await }
        }));
        let (written, read) = futures::future::join(writing, reading).await;
        read?;
        for network in self.writers.iter().map(|writer| &writer.network).chain([&self.network]) {
            network.set(Weather::default());
        }
        for reader in &mut readers {
            reader.finish(&clock, &self.functions).await?;
        }
        self.writers[0].clean(&names).await;
        let failed = readers.iter().map(|reader| reader.failed).sum();
        let operations = written?.into_iter().chain(readers.into_iter().map(|reader| reader.operations));
        Ok((History { seed, operations: operations.flatten().collect() }, failed))
    }
}

/// Names that no other history has.
fn names(seed: u64) -> Result<Vec<Name>, BenchError> {
    let name = |letter: usize| format!("{}{letter}", prefix(seed)).parse();
    (0..NAMES).map(name).collect::<Result<_, _>>().map_err(|error| std::io::Error::other(format!("{error}")).into())
}

fn prefix(seed: u64) -> String {
    format!("h{seed}-")
}

/// Checks `history`, and keeps one that breaks something.
fn judge(history: &History, failed: usize) -> Result<Tally, BenchError> {
    let found = checker::check(history, &prefix(history.seed));
    let mut violations = Vec::new();
    if !found.is_empty() {
        let path = keep(history)?;
        violations.extend(found.iter().map(|violation| format!("{violation} ({})", path.display())));
    }
    let unknown = |operation: &&Operation| operation.returned.is_none();
    let read = |operation: &&Operation| !matches!(operation.action, Action::Write { .. });
    Ok(Tally {
        histories: 1,
        operations: history.operations.len(),
        reads: history.operations.iter().filter(read).count(),
        failed,
        unknown: history.operations.iter().filter(unknown).count(),
        faults: 0,
        violations,
    })
}

fn keep(history: &History) -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("centops-history-{}.json", history.seed));
    fs::write(&path, serde_json::to_vec_pretty(history)?)?;
    Ok(path)
}

async fn functions(bench: &Bench, table: SocketAddr) -> Result<Functions, BenchError> {
    let endpoint = format!("http://{table}");
    let start = |function: &'static str| {
        let (bootstrap, endpoint) = (bench.bootstrap(function), endpoint.as_str());
        async move { bench.start_at(function, &bootstrap, endpoint).await.map(Mutex::new) }
    };
    let tables = [start("get-routes").await?, start("get-routes").await?];
    Ok(Functions { tables, route: start("get-route").await? })
}
