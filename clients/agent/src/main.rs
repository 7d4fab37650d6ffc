//! The command line of the agent.

use std::path::PathBuf;
use std::process::ExitCode;

use centops_agent::config::Config;
use centops_agent::dmr::{self, RunError};
use clap::{Args, Parser, Subcommand};

/// Connects a DMR that is nginx with CentOps.
#[derive(Debug, Parser)]
#[command(name = "centops-agent", version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the agent: publishes routes to nginx, reports HTTP codes.
    Dmr(ConfigOption),
    /// Tests the configuration: files, certificates, folders, and nginx.
    Check(ConfigOption),
}

#[derive(Debug, Args)]
struct ConfigOption {
    /// The configuration file (TOML).
    #[arg(long, default_value = "/etc/centops-agent/agent.toml")]
    config: PathBuf,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).init();
    // Two threads: one for the log, one for the network.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(Options::parse().command)),
        Err(error) => Err(RunError::Signals(error)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("centops-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), RunError> {
    let variable = |name: &str| std::env::var(name).ok();
    match command {
        Command::Dmr(option) => dmr::run(Config::load(&option.config, variable)?).await,
        Command::Check(option) => {
            dmr::check(&Config::load(&option.config, variable)?).await?;
            println!("The configuration is valid.");
            Ok(())
        }
    }
}
