//! What the table's stream brings.

use centops_domain::name::Name;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A record of the stream that is no entry of the change log.
#[derive(Debug, thiserror::Error)]
pub enum InvalidEntry {
    /// It lacks something.
    #[error("a record without `{0}`")]
    Missing(&'static str),
    /// Its changes cannot be read.
    #[error("changes that cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// One revision of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The revision.
    pub revision: u64,
    /// When it was made.
    pub time: Timestamp,
    /// How many routes the table has since.
    pub count: u64,
    /// What changed, each name once.
    pub changes: Vec<Change>,
}

/// What became of one name, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The name.
    pub name: Name,
    /// The rest.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Value>,
}

/// The entry of the change log that the stream's `record` brings.
///
/// # Errors
/// When it is none.
pub fn log_entry(record: &Value) -> Result<LogEntry, InvalidEntry> {
    let image = &record["dynamodb"]["NewImage"];
    let number = |attribute: &'static str| -> Result<i64, InvalidEntry> {
        let digits = image[attribute]["N"].as_str().and_then(|digits| digits.parse().ok());
        digits.ok_or(InvalidEntry::Missing(attribute))
    };
    let revision = image["sk"]["S"].as_str().and_then(|digits| digits.parse().ok());
    let time = Timestamp::from_millisecond(number("time")?).map_err(|_| InvalidEntry::Missing("time"))?;
    Ok(LogEntry {
        revision: revision.ok_or(InvalidEntry::Missing("sk"))?,
        time,
        count: number("count")?.try_into().map_err(|_| InvalidEntry::Missing("count"))?,
        changes: serde_json::from_str(image["changes"]["S"].as_str().ok_or(InvalidEntry::Missing("changes"))?)?,
    })
}
