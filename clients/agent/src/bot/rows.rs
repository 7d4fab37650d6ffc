//! Counts as a list, in the form of `POST /logs`: the keys of a JSON object are texts.

use std::collections::BTreeMap;

use centops_domain::chatbots::Name;
use centops_domain::ingestion::LogLevel;
use centops_otlp::CountKey;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of records of one minute, level and component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The start of the minute.
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
    /// The number of records.
    pub count: u64,
    /// The component, if the sender names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Name>,
}

/// Returns the rows of `counts`.
pub fn of(counts: &BTreeMap<CountKey, u64>) -> impl Iterator<Item = Row> + '_ {
    counts.iter().map(|(key, count)| Row {
        at: key.at,
        level: key.level,
        count: *count,
        component: key.component.clone(),
    })
}

/// Writes counts as a list.
///
/// # Errors
/// Returns the errors of the serializer.
pub fn serialize<S: Serializer>(counts: &BTreeMap<CountKey, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(of(counts))
}

/// Reads counts from a list.
///
/// # Errors
/// Returns an error if it is no list of [`Row`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<CountKey, u64>, D::Error> {
    let rows = Vec::<Row>::deserialize(deserializer)?;
    let entry = |Row { at, level, count, component }| (CountKey { at, level, component }, count);
    Ok(rows.into_iter().map(entry).collect())
}
