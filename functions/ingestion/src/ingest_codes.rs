//! Consumes the queue of codes: folds the report of each DMR into the health of the chatbots that it names.

use centops_queues::{Report, Sender};

use crate::ingest::{Ingest, ReportFormat};

/// The function.
pub type IngestCodes = Ingest<Codes>;

/// A report of HTTP codes.
#[derive(Debug)]
pub struct Codes;

/// A message of the queue that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableCodes {
    /// The sender is a chatbot.
    #[error("the sender of codes is not a DMR")]
    NotADmr,
    /// The body is not a report of codes.
    #[error("not a report of codes: {0}")]
    NotAReport(#[from] serde_json::Error),
}

impl ReportFormat for Codes {
    type Unreadable = UnreadableCodes;

    const HAS_PARTS: bool = true;

    fn read(sender: &Sender, body: &str) -> Result<Report, UnreadableCodes> {
        let Sender::Dmr(name) = sender else { return Err(UnreadableCodes::NotADmr) };
        Ok(Report::of_codes(name, serde_json::from_str(body)?))
    }
}
