//! The arguments of credentials, releases, the policy, routes, people, subscriptions and `call`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// A profile of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A router
    Dmr,
    /// A chatbot
    Chatbot,
}

/// `certificate`.
#[derive(Debug, Subcommand)]
pub enum Certificate {
    /// Make a key, and issue a certificate for it
    Issue {
        /// Profile
        profile: Profile,
        /// Name of the holder
        name: String,
        /// Lifetime in days
        #[arg(long)]
        days: Option<u32>,
        /// File for the certificate
        #[arg(long, default_value = "certificate.pem")]
        certificate: PathBuf,
        /// File for the private key; an existing key is used
        #[arg(long, default_value = "key.pem")]
        key: PathBuf,
    },
    /// Renew the environment's certificate, with a new key, if it is due
    Renew {
        /// Renew if less than this is left, such as 30d; otherwise if two thirds of its life have passed
        #[arg(long, value_name = "LENGTH")]
        within: Option<String>,
    },
    /// Show how long the environment's certificate is valid
    Show,
    /// Revoke a certificate
    Revoke {
        /// Profile
        profile: Profile,
        /// Name of the holder
        name: String,
        /// Serial number
        serial: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
}

/// `api-key`.
#[derive(Debug, Subcommand)]
pub enum ApiKey {
    /// Issue a key, and write it into a file that only its owner may read
    Issue {
        /// Profile
        profile: Profile,
        /// Name of the holder
        name: String,
        /// File for the key
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Revoke a key
    Revoke {
        /// Profile
        profile: Profile,
        /// Name of the holder
        name: String,
        /// Id of the key
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
}

/// `component`.
#[derive(Debug, Subcommand)]
pub enum Component {
    /// Publish a release
    Publish {
        /// Component
        component: String,
        /// Version
        version: String,
        /// Severity: optional, mandatory or critical
        #[arg(long)]
        severity: String,
        /// Notes
        #[arg(long)]
        notes: Option<String>,
    },
    /// Withdraw a release
    Withdraw {
        /// Component
        component: String,
        /// Version
        version: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
}

/// `policy`.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Show the policy
    Get,
    /// Replace the policy by a document; `apply` changes parts of it
    Put {
        /// File of the document, in YAML or JSON
        #[arg(short, long)]
        file: String,
    },
    /// Show what a policy would do now, without applying it
    Try {
        /// File of the document, in YAML or JSON
        #[arg(short, long)]
        file: String,
    },
}

/// `routes`.
#[derive(Debug, Subcommand)]
pub enum Routes {
    /// Show the table, or one route
    Get { name: Option<String> },
    /// Show changes until interrupted
    Watch {
        /// Seconds between two reads
        #[arg(long, default_value_t = 5.0)]
        interval: f64,
    },
}

/// `person`.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// List people
    List,
    /// Add a person
    Add { subject: String, name: String },
    /// Grant a role
    Grant {
        /// Id of the person
        id: String,
        /// Role: admin, operator, viewer or owner
        role: String,
        /// Reason
        #[arg(long)]
        reason: String,
        /// Institution of an owner
        #[arg(long = "institution", value_name = "NAME")]
        institutions: Vec<String>,
        /// End, such as 2026-11-27T09:12:00Z
        #[arg(long)]
        until: Option<String>,
    },
    /// End the grant of a role
    Revoke { id: String, role: String },
}

/// `subscription`.
#[derive(Debug, Subcommand)]
pub enum Subscription {
    /// Send a test message
    Test { id: String },
    /// Confirm with the code of the message
    Confirm { id: String, code: Option<String> },
    /// Let messages wait
    Pause { id: String },
    /// Deliver messages again
    Resume { id: String },
    /// List messages
    Messages { id: String },
    /// Deliver a message again
    Redeliver { id: String, message: String },
}

/// `call`.
#[derive(Debug, Args)]
pub struct Call {
    /// operationId, such as get-chatbot; `centops operations` lists them
    pub operation: String,
    /// Parameter of the path
    #[arg(long, value_name = "NAME=VALUE")]
    pub path: Vec<String>,
    /// Parameter of the query; several of one name are sent
    #[arg(long, value_name = "NAME=VALUE")]
    pub query: Vec<String>,
    /// Header, such as If-Match="3"
    #[arg(long, value_name = "NAME=VALUE")]
    pub header: Vec<String>,
    /// File of the body, in JSON or YAML; - reads the standard input
    #[arg(short, long)]
    pub file: Option<String>,
    /// Read all pages of a list
    #[arg(long)]
    pub all: bool,
}
