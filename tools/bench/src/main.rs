//! Prints every figure, and fails when a bar is missed.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use centops_bench::figures::{Bench, BenchError};
use centops_bench::report::{self, Figure};
use centops_bench::table;
use centops_bench::tls::{self, Front};
use centops_bench::{changes, histories, outage, polls, scale};
use centops_table::Table;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures the functions as Lambda runs them: sizes, cold starts, CPU over TLS, warm latency.
#[derive(Debug, Parser)]
#[command(name = "centops-bench", version, args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    process: Option<Process>,
    #[command(flatten)]
    runs: Runs,
}

#[derive(Debug, Args)]
struct Runs {
    /// The folder with a folder for each function.
    #[arg(long, default_value = "target/lambda")]
    bootstraps: PathBuf,
    /// The function that does nothing.
    #[arg(long, default_value = "target/release/centops-bench-empty")]
    empty: PathBuf,
    /// Cold starts of each function.
    #[arg(long, default_value_t = 60)]
    cold: usize,
    /// Cold starts over TLS, and over plain HTTP, for their CPU.
    #[arg(long, default_value_t = 40)]
    cpu: usize,
    /// Warm invocations of each function.
    #[arg(long, default_value_t = 2000)]
    warm: usize,
    /// Polls of an unchanged table, of get-routes and of etcd.
    #[arg(long, default_value_t = 6000)]
    polls: usize,
    /// Cold starts with 100,000 routes, in each coding.
    #[arg(long, default_value_t = 20)]
    large: usize,
    /// Concurrent histories with injected faults.
    #[arg(long, default_value_t = 1000)]
    histories: usize,
    /// The first of the histories' seeds.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::value_variants().to_vec())]
    only: Vec<Part>,
    /// Show the functions' logs.
    #[arg(long)]
    logs: bool,
}

/// A part of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The size of each bootstrap.
    Sizes,
    /// Cold starts of get-route.
    Starts,
    /// What TLS costs.
    Tls,
    /// Warm invocations.
    Warm,
    /// Polls of an unchanged table, against etcd.
    Polls,
    /// A table of 100,000 routes.
    Scale,
    /// Changes of status a second.
    Changes,
    /// Histories of the table, checked.
    Histories,
    /// A DMR through three days without CentOps.
    Outage,
}

#[derive(Debug, Subcommand)]
enum Process {
    /// The table that the figures use.
    #[command(name = table::SUBCOMMAND, hide = true)]
    Table,
    /// The TLS server that the figures use. Runs as a process of its own.
    #[command(name = tls::SUBCOMMAND, hide = true)]
    TlsFront {
        #[arg(long)]
        target: SocketAddr,
        #[arg(long)]
        directory: PathBuf,
    },
}

// On one thread, as the functions are: what is measured must not wait for another thread to wake.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match options.process {
        Some(Process::Table) => table::serve().await.map(|()| Vec::new()).map_err(Into::into),
        Some(Process::TlsFront { target, directory }) => {
            tls::serve(target, &directory).await.map(|()| Vec::new()).map_err(Into::into)
        }
        None => measure(options.runs).await,
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

async fn measure(runs: Runs) -> Result<Vec<String>, Box<dyn Error>> {
    let table = table::start().await?;
    let front = Front::start(table.address).await?;
    let Runs { bootstraps, empty, logs, .. } = runs;
    let bench = Bench { bootstraps, empty, table: table.address, front, logs };
    let mut figures: Vec<Figure> = Vec::new();
    for part in Part::value_variants().iter().filter(|part| runs.only.contains(part)) {
        figures.extend(match part {
            Part::Sizes => bench.sizes()?,
            Part::Starts => bench.cold_starts(runs.cold).await?,
            Part::Tls => bench.tls_cpu(runs.cpu).await?,
            Part::Warm => bench.warm(runs.warm).await?,
            Part::Polls => {
                let size = table::revision_size(&Table::at(table.address)).await?;
                polls::measure(&bench, &table, size, runs.polls).await?
            }
            Part::Scale => scale::measure(&bench, runs.large, runs.seed).await?,
            Part::Changes => at_once(changes::measure())?,
            Part::Histories => at_once(histories::measure(&bench, runs.histories, runs.seed))?,
            Part::Outage => outage::measure()?,
        });
    }
    println!("{}", report::table(&figures));
    Ok(report::missed(&figures))
}

/// Runs what is concurrent by itself on all cores.
fn at_once<T: Send>(part: impl Future<Output = Result<T, BenchError>> + Send) -> Result<T, BenchError> {
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(part)
        });
        running.join().unwrap_or_else(|_| Err(std::io::Error::other("a part of the bench panicked").into()))
    })
}
