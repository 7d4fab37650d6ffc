//! Consumes the queue of logs: folds the log of a chatbot into its health, and stores the masked entries.

use centops_queues::{Report, Sender};

use crate::ingest::{Ingest, ReportFormat};

/// The function.
pub type IngestLogs = Ingest<Logs>;

/// A report of masked log entries.
#[derive(Debug)]
pub struct Logs;

/// A message of the queue that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableLogs {
    /// The sender is a DMR.
    #[error("the sender of logs is not a chatbot")]
    NotAChatbot,
    /// The body is not a report of logs.
    #[error("not a report of logs: {0}")]
    NotAReport(#[from] serde_json::Error),
}

impl ReportFormat for Logs {
    type Unreadable = UnreadableLogs;

    const HAS_PARTS: bool = false;

    fn read(sender: &Sender, body: &str) -> Result<Report, UnreadableLogs> {
        let Sender::Chatbot(name) = sender else { return Err(UnreadableLogs::NotAChatbot) };
        Ok(Report::of_logs(name, serde_json::from_str(body)?))
    }
}
