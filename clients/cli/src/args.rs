//! The arguments.

use std::path::PathBuf;

use centops_why::texts::Language;
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use clap_complete::Shell;

use crate::output::Format;

mod administration;
mod groups;

pub use administration::*;
pub use groups::*;

/// Operates CentOps: the central operations of the Bürokratt network.
#[derive(Debug, Parser)]
#[command(
    name = "centops",
    version,
    after_help = "Exit codes: 0 success, 1 error, 2 differs (diff), 3 not found, 4 not \
    permitted, 5 conflict, 6 not confirmed or not done in time.\nManifests, environments and examples: clients/cli/README.md"
)]
pub struct Arguments {
    /// Environment of the configuration file
    #[arg(short, long, global = true, env = "CENTOPS_ENVIRONMENT", value_name = "NAME")]
    pub environment: Option<String>,
    /// Form of the output
    #[arg(short, long, global = true, value_enum, default_value_t)]
    pub output: Format,
    /// Ask no question
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// The command
    #[command(subcommand)]
    pub command: Command,
}

/// Files of manifests.
#[derive(Debug, Args)]
pub struct Files {
    /// File or folder of manifests; - reads the standard input
    #[arg(short, long = "file", required = true, value_name = "FILE")]
    pub files: Vec<String>,
}

/// Files of manifests, and what becomes of the rest.
#[derive(Debug, Args)]
pub struct Applied {
    /// The files
    #[command(flatten)]
    pub files: Files,
    /// Also delete what the institution has and no file names, of the kinds in the files
    #[arg(long, requires = "institution")]
    pub prune: bool,
    /// Institution to prune
    #[arg(long, requires = "prune", value_name = "NAME")]
    pub institution: Option<String>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create and change what manifests name
    Apply {
        /// The files
        #[command(flatten)]
        applied: Applied,
        /// Folder for the secrets of new webhooks
        #[arg(long, value_name = "FOLDER")]
        secret_dir: Option<PathBuf>,
    },
    /// Show how the server differs from manifests; exits with 2 if it does
    Diff(Applied),
    /// Check manifests without a connection
    Validate(Files),
    /// Delete what manifests name
    Delete(Files),
    /// Print the JSON Schema of manifests, for editors
    Schema,
    /// List objects of a kind, or show one
    Get(Get),
    /// Show log entries of a chatbot, the oldest first
    Logs(Logs),
    /// Show the health of a chatbot, or of the network
    Health {
        /// Name of the chatbot
        name: Option<String>,
    },
    /// Say why a chatbot has its status
    Why {
        /// Name of the chatbot
        name: String,
        /// Language of the sentences
        #[arg(long, default_value = "en", value_parser = PossibleValuesParser::new(["et", "en"]).try_map(|text| text.parse::<Language>()))]
        language: Language,
    },
    /// Keep a chatbot's status as it is
    Hold(Override),
    /// Take a chatbot out of routing
    Offline(Override),
    /// Keep a chatbot in routing
    Online(Override),
    /// End the override of a chatbot's status
    Release {
        /// Name of the chatbot
        name: String,
    },
    /// Probe a chatbot now
    Probe {
        /// Name of the chatbot
        name: String,
    },
    /// Work on incidents
    #[command(subcommand)]
    Incident(Incident),
    /// Plan outages
    #[command(subcommand)]
    Outage(Outage),
    /// Show the audit trail
    Audit(Audit),
    /// Show events of the network, or of a chatbot
    Events {
        /// Name of the chatbot
        name: Option<String>,
        /// The range and the limit
        #[command(flatten)]
        range: Range,
    },
    /// Invite an institution to enrol a chatbot
    Invite {
        /// Institution
        institution: String,
        /// E-mail address
        email: String,
        /// Days until the invitation ends
        #[arg(long)]
        days: Option<u32>,
    },
    /// Decide on an application
    Decide(Decide),
    /// Enrol a chatbot with an invitation: make the key, apply, wait for the decision
    Enrol(Enrol),
    /// Issue, renew and revoke certificates
    #[command(subcommand)]
    Certificate(Certificate),
    /// Issue and revoke API keys of older clients
    #[command(subcommand)]
    ApiKey(ApiKey),
    /// Publish and withdraw releases of components
    #[command(subcommand)]
    Component(Component),
    /// Read, replace and try the policy of the health engine
    #[command(subcommand)]
    Policy(Policy),
    /// Read the route table, with a DMR's certificate
    #[command(subcommand)]
    Routes(Routes),
    /// Manage people and their roles
    #[command(subcommand)]
    Person(Person),
    /// Test, confirm and pause subscriptions
    #[command(subcommand)]
    Subscription(Subscription),
    /// Show the report of an institution
    Report {
        /// Institution
        institution: String,
        /// First day or time
        #[arg(long)]
        from: Option<String>,
        /// End
        #[arg(long)]
        to: Option<String>,
        /// Media type of the report: json, csv or html
        #[arg(long, default_value = "json")]
        format: String,
    },
    /// Show who the token belongs to
    Whoami,
    /// Call any operation of the API
    Call(Call),
    /// List the operations of the API
    Operations,
    /// Print the completion of a shell
    Completion {
        /// Shell
        shell: Shell,
    },
}
