//! The arguments of the commands that have several.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// A range of times, and a limit.
#[derive(Debug, Args)]
pub struct Range {
    /// Only from this time on, such as 2026-11-27T09:12:00Z
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Maximum number of items
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResourceKind {
    /// Chatbots
    #[value(alias = "chatbot")]
    Chatbots,
    /// Institutions
    #[value(alias = "institution")]
    Institutions,
    /// Subscriptions
    #[value(alias = "subscription")]
    Subscriptions,
    /// Planned outages
    #[value(alias = "outage")]
    Outages,
    /// Incidents
    #[value(alias = "incident")]
    Incidents,
    /// DMRs
    #[value(alias = "dmr")]
    Dmrs,
    /// Participants of older clients
    #[value(alias = "participant")]
    Participants,
    /// Invitations
    #[value(alias = "invitation")]
    Invitations,
    /// Own invitations
    OwnInvitations,
    /// Releases of components
    #[value(alias = "component")]
    Components,
    /// Certificates
    #[value(alias = "certificate")]
    Certificates,
    /// API keys
    ApiKeys,
    /// People
    #[value(alias = "person")]
    People,
}

/// `get`.
#[derive(Debug, Args)]
pub struct Get {
    /// Kind of object
    pub kind: ResourceKind,
    /// Name or id of one object
    pub name: Option<String>,
    /// Filter of the list, as a parameter of the query: institution=tax-board
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub filter: Vec<String>,
    /// Maximum number of items
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// `logs`.
#[derive(Debug, Args)]
pub struct Logs {
    /// Name of the chatbot
    pub name: String,
    /// Show new entries until interrupted
    #[arg(short, long)]
    pub follow: bool,
    /// Minimum severity
    #[arg(long)]
    pub level: Option<String>,
    /// Only entries with this text
    #[arg(long)]
    pub text: Option<String>,
    /// The range and the limit (100)
    #[command(flatten)]
    pub range: Range,
    /// Seconds between two reads with --follow
    #[arg(long, default_value_t = 2.0, hide = true)]
    pub interval: f64,
}

/// `hold`, `offline`, `online`.
#[derive(Debug, Args)]
pub struct Override {
    /// Name of the chatbot
    pub name: String,
    /// Reason, which owners can read
    #[arg(long)]
    pub reason: String,
    /// Length, such as 2h or 30m
    #[arg(long = "for", value_name = "LENGTH", conflicts_with = "until")]
    pub length: Option<String>,
    /// End, such as 2026-11-27T09:12:00Z
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// `incident`.
#[derive(Debug, Subcommand)]
pub enum Incident {
    /// List incidents
    List {
        /// Filter, as a parameter of the query: active=true
        #[arg(short, long, value_name = "NAME=VALUE")]
        filter: Vec<String>,
        /// Maximum number of items
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Show an incident
    Show { id: String },
    /// Show its timeline
    Timeline { id: String },
    /// Acknowledge it
    Ack {
        id: String,
        /// Hours until the acknowledgement ends
        #[arg(long)]
        hours: Option<u32>,
    },
    /// Assign it to a person; without one to nobody
    Assign { id: String, person: Option<String> },
    /// Add a note
    Note { id: String, text: String },
    /// Resolve it
    Resolve {
        id: String,
        /// What was done
        #[arg(long)]
        action: Option<String>,
        /// Whether it helped
        #[arg(long, requires = "action")]
        helped: Option<bool>,
    },
    /// Open it again
    Reopen { id: String },
    /// Dismiss it
    Dismiss { id: String },
}

/// `outage`.
#[derive(Debug, Subcommand)]
pub enum Outage {
    /// List planned outages
    List {
        /// Institution
        #[arg(long)]
        institution: Option<String>,
        /// Maximum number of items
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Show a planned outage
    Show { id: String },
    /// Plan an outage
    Plan {
        /// Institution
        institution: String,
        /// Start, as clocks show it: 2026-11-27T22:00
        #[arg(long)]
        start: String,
        /// Length in minutes
        #[arg(long)]
        minutes: u32,
        /// What is done
        #[arg(long)]
        reason: String,
        /// Time zone of the start
        #[arg(long)]
        zone: Option<String>,
        /// Chatbot that is out; without one all of the institution
        #[arg(long = "chatbot", value_name = "NAME")]
        chatbots: Vec<String>,
        /// Take the chatbots out of routing meanwhile
        #[arg(long)]
        take_out: bool,
    },
    /// Confirm one that waits for it
    Confirm { id: String },
    /// End one that is in progress
    Complete { id: String },
    /// Cancel one
    Cancel { id: String },
}

/// `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Only records about this chatbot
    #[arg(long)]
    pub chatbot: Option<String>,
    /// Only records of this person
    #[arg(long)]
    pub person: Option<String>,
    /// The range and the limit (100)
    #[command(flatten)]
    pub range: Range,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// Enrol the chatbot
    Approve,
    /// Refuse it
    Reject,
}

/// `decide`.
#[derive(Debug, Args)]
pub struct Decide {
    /// Id of the invitation
    pub id: String,
    /// The decision
    pub decision: Decision,
    /// Reason of a rejection, which the applicant can read
    #[arg(long, required_if_eq("decision", "reject"))]
    pub reason: Option<String>,
    /// Lifetime of the certificate in days
    #[arg(long)]
    pub days: Option<u32>,
}

/// `enrol`.
#[derive(Debug, Args)]
pub struct Enrol {
    /// Id of the invitation
    pub id: String,
    /// Manifest of the chatbot
    #[arg(short, long = "file", value_name = "FILE")]
    pub file: String,
    /// File with the code of the invitation; otherwise the variable `CENTOPS_INVITATION_CODE`
    #[arg(long, value_name = "FILE")]
    pub code_file: Option<PathBuf>,
    /// File for the certificate; it may not exist
    #[arg(long, value_name = "FILE", default_value = "certificate.pem")]
    pub certificate: PathBuf,
    /// File for the private key; an existing key is used
    #[arg(long, value_name = "FILE", default_value = "key.pem")]
    pub key: PathBuf,
    /// Apply, and do not wait for the decision
    #[arg(long)]
    pub no_wait: bool,
    /// Longest wait for the decision, such as 3d
    #[arg(long, value_name = "LENGTH", default_value = "14d")]
    pub wait: String,
    /// Seconds between two reads
    #[arg(long, default_value_t = 15.0, hide = true)]
    pub interval: f64,
}
