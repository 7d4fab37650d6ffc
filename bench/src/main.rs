//! Prints every figure, and fails when a bar is missed.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use centops_bench::figures::Bench;
use centops_bench::report::{self, Figure};
use centops_bench::table;
use centops_bench::tls::{self, Front};
use clap::{Args, Parser, Subcommand};

/// Measures the functions as Lambda runs them: sizes, cold starts, CPU over TLS, warm latency.
#[derive(Debug, Parser)]
#[command(name = "centops-bench", version, args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    part: Option<Part>,
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
    /// Show the functions' logs.
    #[arg(long)]
    logs: bool,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// The TLS server that the figures use. Runs as a process of its own.
    #[command(name = tls::SUBCOMMAND, hide = true)]
    TlsFront {
        #[arg(long)]
        target: SocketAddr,
        #[arg(long)]
        directory: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match options.part {
        Some(Part::TlsFront { target, directory }) => {
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
    let front = Front::start(table).await?;
    let bench = Bench { bootstraps: runs.bootstraps, empty: runs.empty, table, front, logs: runs.logs };
    let mut figures: Vec<Figure> = bench.sizes()?;
    figures.extend(bench.cold_starts(runs.cold).await?);
    figures.extend(bench.tls_cpu(runs.cpu).await?);
    figures.extend(bench.warm(runs.warm).await?);
    println!("{}", report::table(&figures));
    Ok(report::missed(&figures))
}
