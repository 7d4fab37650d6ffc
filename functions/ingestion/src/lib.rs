//! The functions of the area `ingestion`: accepts, queues and folds HTTP codes and logs; lists logs.

mod ingest;
pub mod ingest_codes;
pub mod ingest_logs;
pub mod ingest_parked;
pub mod list_logs;
pub mod receive_logs;
pub mod submit_codes;
pub mod submit_logs;
#[cfg(test)]
mod tests;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "submit-codes", main: run_operation::<submit_codes::SubmitCodes> },
    Function { name: "submit-logs", main: run_operation::<submit_logs::SubmitLogs> },
    Function { name: "ingest-codes", main: run_consumer::<ingest_codes::IngestCodes> },
    Function { name: "ingest-logs", main: run_consumer::<ingest_logs::IngestLogs> },
    Function { name: "ingest-parked", main: run_consumer::<ingest_parked::IngestParked> },
    Function { name: "list-logs", main: run_operation::<list_logs::ListLogs> },
    Function { name: "receive-logs", main: run_operation::<receive_logs::ReceiveLogs> },
];
