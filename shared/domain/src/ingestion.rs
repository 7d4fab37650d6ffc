//! Ingestion: reports of DMRs (HTTP codes) and of chatbots (log entries).

pub(crate) mod code_pattern;
pub(crate) mod code_result;
pub(crate) mod log_level;
pub(crate) mod observation;
pub(crate) mod observer;
pub(crate) mod report;
pub(crate) mod sequence;

pub use self::{
    code_pattern::{CodeClass, CodePattern, InvalidPattern},
    code_result::{CodeError, CodeResult, InvalidStatusCode, StatusCode},
    log_level::{InvalidLogLevel, LogLevel},
    observation::{Observation, Signal},
    observer::{InvalidObserver, Observer},
    report::{
        ClientVersion, Code, CodeReport, EmptyReport, Entries, InvalidClientVersion, InvalidCode, InvalidCount,
        LogCount, LogCounts, LogEntry, LogReport, MAX_COUNTED, MAX_ENTRIES, MAX_MESSAGE_LENGTH, MaskedEntry,
        MaskedReport, Message, MessageTooLong, TooManyCounted,
    },
    sequence::Sequence,
};
