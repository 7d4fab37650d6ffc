//! Ingestion: reports of DMRs (HTTP codes) and of chatbots (log entries).

pub(crate) mod observation;
pub(crate) mod report;

pub use self::{
    observation::{
        CodeClass, CodeError, CodePattern, CodeResult, InvalidLogLevel, InvalidObserver, InvalidPattern,
        InvalidStatusCode, LogLevel, Observation, Observer, Sequence, Signal, StatusCode,
    },
    report::{
        Code, CodeReport, Entries, InvalidCode, InvalidCount, LogEntry, LogReport, MAX_ENTRIES, MAX_MESSAGE_LENGTH,
        MaskedEntry, MaskedReport, Message, MessageTooLong,
    },
};
