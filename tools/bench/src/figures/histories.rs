//! Many short histories of the route table, each checked for consistency.
//!
//! A history has writers and readers at the same time, over a network that loses and delays. Writers write through
//! stores of their own. Readers read through bootstraps: two environments of get-routes, each with its own table in
//! memory, and one of get-route.
//!
//! With another release beside this one, half of the writers and of the readers are of that release, as during a deployment:
//! each has to read what the other one stores.

pub mod checker;
pub mod history;
mod reader;
pub mod register;
mod writer;
pub mod writes;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use centops_domain::chatbots::Name;
use futures::future::try_join_all;
use indicatif::ProgressBar;
use tokio::sync::Mutex;

use self::history::{Action, Clock, History, Operation};
use self::reader::{Functions, Reader};
use self::writer::Writer;
use crate::bench::Bench;
use crate::bootstraps::Bootstraps;
use crate::child::ChildServer;
use crate::error::BenchError;
use crate::fault_proxy::{FaultProxy, FaultRates};
use crate::report::{Figure, Unit};
use crate::table;

const WRITERS: usize = 4;
const READERS: usize = 3;
/// The number of writes of a writer.
const WRITES: usize = 6;
/// The number of reads of a reader.
const READS: usize = 6;
/// The number of chatbots in a history.
const NAMES: usize = 3;
/// The number of concurrent runs, each with its own table. They wait most of their time.
const RUNS: usize = 8;
/// The number of histories after which the environments of the functions are replaced.
const ENVIRONMENT_LIFETIME: usize = 25;

/// The faults between the writers and the table.
const WRITER_FAULTS: FaultRates = FaultRates {
    lost_requests: 30,
    lost_responses: 40,
    late: 120,
    delay: Duration::from_millis(80),
    silent: 500,
    transaction: Duration::ZERO,
};
/// The faults between the functions and the table. No loss is silent: the functions wait for seconds, which is too long
/// for the bench.
const READER_FAULTS: FaultRates = FaultRates {
    lost_requests: 5,
    lost_responses: 5,
    late: 60,
    delay: Duration::from_millis(30),
    silent: 0,
    ..WRITER_FAULTS
};

/// The sums over all histories.
#[derive(Debug, Default)]
struct Totals {
    histories: usize,
    operations: usize,
    reads: usize,
    failed: usize,
    unknown: usize,
    faults: usize,
    violations: Vec<String>,
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.operations += other.operations;
        self.reads += other.reads;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.faults += other.faults;
        self.violations.extend(other.violations);
    }

    fn figures(&self) -> Vec<Figure> {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 histories")]
        let figure = |name: &str, value: usize| Figure::new(format!("histories, {name}"), value as f64, Unit::Count);
        vec![
            figure("recorded", self.histories),
            figure("operations", self.operations),
            figure("reads among them", self.reads),
            figure("reads that failed with 5xx, not counted", self.failed),
            figure("writes with unknown outcome", self.unknown),
            figure("faults injected", self.faults),
            figure("violations", self.violations.len()).at_most(0.0),
        ]
    }
}

/// Records and checks `count` histories, with seeds from `seed` on.
///
/// # Errors
/// When a part fails in a way that no injected fault causes.
pub async fn measure(bench: &Bench, count: usize, seed: u64) -> Result<Vec<Figure>, BenchError> {
    println!("histories: seed {seed}");
    let progress = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    let runs = (0..RUNS).map(|run| {
        let seeds = (seed..).take(count).skip(run).step_by(RUNS);
        record_all(bench, seeds, &progress)
    });
    let mut totals = Totals::default();
    try_join_all(runs).await?.into_iter().for_each(|run| totals.add(run));
    progress.finish_and_clear();
    for violation in &totals.violations {
        eprintln!("centops-bench: {violation}");
    }
    Ok(totals.figures())
}

/// Records and checks one history for each of `seeds`.
async fn record_all(
    bench: &Bench,
    seeds: impl Iterator<Item = u64>,
    progress: &ProgressBar,
) -> Result<Totals, BenchError> {
    let mut run = Run::start(bench).await?;
    let mut totals = Totals::default();
    for (index, seed) in seeds.enumerate() {
        if index % ENVIRONMENT_LIFETIME == ENVIRONMENT_LIFETIME - 1 {
            run.functions = start_functions(bench, run.proxy.address).await?;
        }
        let (history, failed) = run.record(seed).await?;
        totals.add(check(&history, failed)?);
        progress.inc(1);
    }
    totals.faults = run.proxies().map(FaultProxy::injected).sum();
    Ok(totals)
}

/// A table, and the processes of its histories, which follow one another.
struct Run {
    writers: Vec<Writer>,
    functions: Functions,
    /// The proxy between the functions and the table.
    proxy: FaultProxy,
    _table: ChildServer,
}

impl Run {
    async fn start(bench: &Bench) -> Result<Self, BenchError> {
        let table = table::start_empty().await?;
        let proxy = FaultProxy::start(table.address, 0, READER_FAULTS).await?;
        let mut writers = Vec::new();
        let former = bench.former.as_ref().map(|former| former.program.as_path());
        for process in 0..WRITERS {
            writers.push(Writer::start(process, table.address, former.filter(|_| process % 2 == 1)).await?);
        }
        Ok(Self { writers, functions: start_functions(bench, proxy.address).await?, proxy, _table: table })
    }

    fn proxies(&self) -> impl Iterator<Item = &FaultProxy> {
        self.writers.iter().map(|writer| &writer.proxy).chain([&self.proxy])
    }

    /// Records one history, and returns it with the number of reads that failed.
    async fn record(&self, seed: u64) -> Result<(History, usize), BenchError> {
        let mut random = fastrand::Rng::with_seed(seed);
        let names = names(seed)?;
        let texts: Vec<String> = names.iter().map(Name::to_string).collect();
        let clock = Clock::start();
        for writer in &self.writers {
            writer.proxy.reseed(random.u64(..));
            writer.proxy.set_rates(WRITER_FAULTS);
        }
        self.proxy.reseed(random.u64(..));
        self.proxy.set_rates(READER_FAULTS);
        let mut readers: Vec<Reader> = (0..READERS).map(|reader| Reader::new(WRITERS + reader)).collect();
        let writing = try_join_all(self.writers.iter().map(|writer| {
            let random = random.fork();
            writer.run(&clock, &names, WRITES, random)
        }));
        let reading = try_join_all(readers.iter_mut().map(|reader| {
            let (mut random, texts) = (random.fork(), &texts);
            async move { reader.run(&clock, &self.functions, texts, READS, &mut random).await }
        }));
        let (written, read) = futures::future::join(writing, reading).await;
        read?;
        for proxy in self.proxies() {
            proxy.set_rates(FaultRates::default());
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

/// The names of a history, which no other history has.
fn names(seed: u64) -> Result<Vec<Name>, BenchError> {
    let name = |letter: usize| format!("{}{letter}", prefix(seed)).parse();
    (0..NAMES).map(name).collect::<Result<_, _>>().map_err(|error| std::io::Error::other(format!("{error}")).into())
}

fn prefix(seed: u64) -> String {
    format!("h{seed}-")
}

/// Checks `history`, and writes it to a file if there is a violation.
fn check(history: &History, failed: usize) -> Result<Totals, BenchError> {
    let found = checker::check(history, &prefix(history.seed));
    let mut violations = Vec::new();
    if !found.is_empty() {
        let path = save(history)?;
        violations.extend(found.iter().map(|violation| format!("{violation} ({})", path.display())));
    }
    let unknown = |operation: &&Operation| operation.returned.is_none();
    let read = |operation: &&Operation| !matches!(operation.action, Action::Write { .. });
    Ok(Totals {
        histories: 1,
        operations: history.operations.len(),
        reads: history.operations.iter().filter(read).count(),
        failed,
        unknown: history.operations.iter().filter(unknown).count(),
        faults: 0,
        violations,
    })
}

fn save(history: &History) -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("centops-history-{}.json", history.seed));
    fs::write(&path, serde_json::to_vec_pretty(history)?)?;
    Ok(path)
}

async fn start_functions(bench: &Bench, table: SocketAddr) -> Result<Functions, BenchError> {
    let endpoint = format!("http://{table}");
    let start = async |function: &str, bootstraps: &Bootstraps| {
        let bootstrap = bootstraps.function(function);
        bench.start_with(function, &bootstrap, &endpoint, Vec::new()).await.map(Mutex::new)
    };
    let former = bench.former.as_ref().map_or(&bench.bootstraps, |former| &former.bootstraps);
    let tables = [start("get-routes", &bench.bootstraps).await?, start("get-routes", former).await?];
    Ok(Functions { tables, route: start("get-route", former).await? })
}
