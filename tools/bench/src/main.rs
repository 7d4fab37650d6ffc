//! Prints every figure, and fails when a bar is missed.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use centops_bench::bench::{Bench, Former};
use centops_bench::bootstraps::Bootstraps;
use centops_bench::error::BenchError;
use centops_bench::figures::histories::writes;
use centops_bench::figures::{
    changes, command_line, histories, outage, polls, probes, scale, sizes, starts, storm, tls, warm,
};
use centops_bench::report::{self, Figure};
use centops_bench::tls_proxy::{self, TlsProxy};
use centops_bench::{child::ChildServer, table};
use centops_table::Table;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures the functions as Lambda runs them: sizes, cold starts, CPU over TLS, latency, throughput.
#[derive(Debug, Parser)]
#[command(name = "centops-bench", version, args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    server: Option<Server>,
    #[command(flatten)]
    runs: Runs,
}

#[derive(Debug, Args)]
struct Runs {
    /// The directory of the functions, with `<function>/bootstrap` and the note of their build.
    #[arg(long, default_value = "target/lambda")]
    bootstraps: PathBuf,
    /// The directory of the functions to compare with, with `empty/bootstrap` and `lean/bootstrap`.
    #[arg(long, default_value = "target/lambda-bench")]
    references: PathBuf,
    /// The command line.
    #[arg(long, default_value = "target/release/centops")]
    command_line: PathBuf,
    /// The number of lists of the command line.
    #[arg(long, default_value_t = 200)]
    lists: usize,
    /// The number of cold starts of each function.
    #[arg(long, default_value_t = 60)]
    cold: usize,
    /// The number of cold starts over TLS, and over plain HTTP, for their CPU.
    #[arg(long, default_value_t = 40)]
    cpu: usize,
    /// The number of warm invocations of each function.
    #[arg(long, default_value_t = 2000)]
    warm: usize,
    /// The number of polls of an unchanged table, of get-routes and of etcd.
    #[arg(long, default_value_t = 6000)]
    polls: usize,
    /// The number of cold starts with 100,000 routes, in each encoding.
    #[arg(long, default_value_t = 20)]
    large: usize,
    /// The number of concurrent histories with injected faults.
    #[arg(long, default_value_t = 1000)]
    histories: usize,
    /// The checkout of another release that takes part in the histories, with its build of the functions and of this program.
    #[arg(long)]
    former: Option<PathBuf>,
    /// The number of chatbots that fail in the storm.
    #[arg(long, default_value_t = 10_000)]
    storm_chatbots: usize,
    /// The seed of the large table, of the first history, and of the storm.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The parts to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::value_variants().to_vec())]
    only: Vec<Part>,
    /// Print the logs of the functions.
    #[arg(long)]
    logs: bool,
}

/// A part of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The size of each bootstrap.
    Sizes,
    /// Cold starts of get-route, the lean function and the empty function.
    Starts,
    /// The CPU that TLS costs.
    Tls,
    /// Warm invocations.
    Warm,
    /// Polls of an unchanged table, compared with etcd.
    Polls,
    /// Probes of 10,000 chatbots a minute, compared with Prometheus.
    Probes,
    /// A storm of 10,000 failing chatbots, compared with Alertmanager.
    Storm,
    /// A table of 100,000 routes.
    Scale,
    /// Status changes a second.
    Changes,
    /// Histories of the route table, checked for consistency.
    Histories,
    /// Three days of a DMR without CentOps, simulated.
    Outage,
    /// The command line.
    CommandLine,
}

impl Part {
    /// Returns true if the figures are those of bootstraps of functions. Histories are right or wrong in any build.
    fn measures_bootstraps(self) -> bool {
        !matches!(self, Self::Changes | Self::Histories | Self::Outage | Self::CommandLine)
    }
}

/// The servers that the bench starts as processes of their own.
#[derive(Debug, Subcommand)]
enum Server {
    /// The table.
    #[command(name = table::SUBCOMMAND, hide = true)]
    Table,
    /// The TLS server in front of the table.
    #[command(name = tls_proxy::SUBCOMMAND, hide = true)]
    TlsProxy {
        #[arg(long)]
        target: SocketAddr,
        #[arg(long)]
        directory: PathBuf,
    },
    /// The writer of a history for another release.
    #[command(name = writes::SUBCOMMAND, hide = true)]
    Write { table: SocketAddr },
}

// On one thread, as the functions are: a measured invocation must not wait for another thread to wake.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match options.server {
        Some(Server::Table) => table::serve().await.map(|()| Vec::new()).map_err(Into::into),
        Some(Server::TlsProxy { target, directory }) => {
            tls_proxy::serve(target, &directory).await.map(|()| Vec::new()).map_err(Into::into)
        }
        Some(Server::Write { table }) => writes::serve(table).await.map(|()| Vec::new()).map_err(Into::into),
        None => Box::pin(measure(options.runs)).await,
    };
    match outcome {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            for line in missed {
                eprintln!("centops-bench: bar missed: {line}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("centops-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the parts of `runs`, prints their figures, and returns the missed bars.
async fn measure(runs: Runs) -> Result<Vec<String>, Box<dyn Error>> {
    let bootstraps = Bootstraps::new(runs.bootstraps.clone(), runs.references.clone());
    if runs.only.iter().any(|part| part.measures_bootstraps()) {
        bootstraps.check_profile()?;
    }
    let server = table::start_filled().await?;
    let tls = TlsProxy::start(server.address).await?;
    let former = runs.former.as_deref().map(Former::new);
    let bench = Bench { bootstraps, former, table: server.address, tls, logs: runs.logs };
    let mut figures: Vec<Figure> = Vec::new();
    for part in Part::value_variants().iter().filter(|part| runs.only.contains(part)) {
        figures.extend(Box::pin(measure_part(*part, &bench, &server, &runs)).await?);
    }
    println!("{}", report::table(&figures));
    Ok(report::missed(&figures))
}

async fn measure_part(
    part: Part,
    bench: &Bench,
    server: &ChildServer,
    runs: &Runs,
) -> Result<Vec<Figure>, Box<dyn Error>> {
    Ok(match part {
        Part::Sizes => sizes::measure(&bench.bootstraps)?,
        Part::Starts => starts::measure(bench, runs.cold).await?,
        Part::Tls => tls::measure(bench, runs.cpu).await?,
        Part::Warm => warm::measure(bench, runs.warm).await?,
        Part::Polls => {
            let size = table::revision_size(&Table::at(server.address)).await?;
            polls::measure(bench, server, size, runs.polls).await?
        }
        Part::Probes => Box::pin(probes::measure(bench)).await?,
        Part::Storm => on_all_cores(|| storm::measure(bench, runs.storm_chatbots, runs.seed))?,
        Part::Scale => Box::pin(scale::measure(bench, runs.large, runs.seed)).await?,
        Part::Changes => on_all_cores(changes::measure)?,
        Part::Histories => on_all_cores(|| histories::measure(bench, runs.histories, runs.seed))?,
        Part::Outage => outage::measure()?,
        Part::CommandLine => command_line::measure(&runs.command_line, runs.lists).await?,
    })
}

/// Runs a part that is concurrent by itself on all cores.
fn on_all_cores<T: Send, F: Future<Output = Result<T, BenchError>>>(
    part: impl FnOnce() -> F + Send,
) -> Result<T, BenchError> {
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(part())
        });
        running.join().unwrap_or_else(|_| Err(std::io::Error::other("a part of the bench panicked").into()))
    })
}
