//! The command line of the agent.

use std::path::PathBuf;
use std::process::ExitCode;

use centops_agent::bot;
use centops_agent::config::{Config, ConfigError, Mode};
use centops_agent::dmr;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Connects a DMR that is nginx, or the cluster of a chatbot, with CentOps.
#[derive(Debug, Parser)]
#[command(name = "centops-agent", version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the agent of a DMR: publishes routes to nginx, reports HTTP codes.
    Dmr(ConfigOption),
    /// Runs the agent of a chatbot: relays logs, reports versions of components.
    Bot(ConfigOption),
    /// Tests the configuration: files, certificates, folders, and nginx.
    Check {
        /// The mode.
        #[arg(value_enum, default_value_t = ModeName::Dmr)]
        mode: ModeName,
        #[command(flatten)]
        option: ConfigOption,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeName {
    Dmr,
    Bot,
}

#[derive(Debug, Args)]
struct ConfigOption {
    /// The configuration file (TOML). Default: /etc/centops-agent/agent.toml, or bot.toml for the mode bot.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Dmr(#[from] dmr::RunError),
    #[error(transparent)]
    Bot(#[from] bot::RunError),
    #[error("cannot start the runtime: {0}")]
    Runtime(std::io::Error),
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).init();
    // Two threads: one for the log, one for the network.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(Options::parse().command)),
        Err(error) => Err(RunError::Runtime(error)),
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
    match command {
        Command::Dmr(option) => dmr::run(load(option, "agent.toml")?).await?,
        Command::Bot(option) => bot::run(load(option, "bot.toml")?).await?,
        Command::Check { mode, option } => {
            match mode {
                ModeName::Dmr => dmr::check(&load(option, "agent.toml")?).await?,
                ModeName::Bot => bot::check(&load(option, "bot.toml")?)?,
            }
            println!("The configuration is valid.");
        }
    }
    Ok(())
}

fn load<M: Mode>(option: ConfigOption, default: &str) -> Result<Config<M>, ConfigError> {
    let path = option.config.unwrap_or_else(|| PathBuf::from("/etc/centops-agent").join(default));
    Config::load(&path, |name| std::env::var(name).ok())
}
