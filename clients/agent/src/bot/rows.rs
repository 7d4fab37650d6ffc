//! Counts as a list, in the form of `POST /logs`: the keys of a JSON object are texts.

use std::collections::BTreeMap;

use centops_domain::ingestion::{LogLevel, MAX_COUNTED, MAX_ENTRIES};
use centops_otlp::CountKey;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of records of one minute and level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The start of the minute.
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
    /// The number of records.
    pub count: u64,
}

/// Returns the rows of `counts`.
pub fn of(counts: &BTreeMap<CountKey, u64>) -> impl Iterator<Item = Row> + '_ {
    counts.iter().map(|(key, count)| Row { at: key.at, level: key.level, count: *count })
}

/// Splits counts into batches that `POST /logs` takes: at most 1,000 rows, which count at most 10,000 records.
#[must_use]
pub fn batches(counts: &BTreeMap<CountKey, u64>) -> Vec<Vec<Row>> {
    let mut batches: Vec<Vec<Row>> = Vec::new();
    let mut room = 0;
    for mut row in of(counts) {
        while row.count > 0 {
            if room == 0 || batches.last().is_none_or(|batch| batch.len() >= MAX_ENTRIES) {
                batches.push(Vec::new());
                room = MAX_COUNTED as u64;
            }
            let count = row.count.min(room);
            if let Some(batch) = batches.last_mut() {
                batch.push(Row { count, ..row });
            }
            (room, row.count) = (room - count, row.count - count);
        }
    }
    batches
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
    let entry = |Row { at, level, count }| (CountKey { at, level }, count);
    Ok(rows.into_iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn batches_have_all_counts_within_the_limits(
            counts in proptest::collection::btree_map(0..5000_i64, 1..30_000_u64, 0..1500), small in any::<bool>(),
        ) {
            let counts: BTreeMap<CountKey, u64> = (counts.into_iter())
                .map(|(minute, count)| {
                    let at = Timestamp::from_second(minute * 60).expect("a time");
                    (CountKey { at, level: LogLevel::Info }, if small { 1 } else { count })
                })
                .collect();
            let mut sums = BTreeMap::new();
            for batch in batches(&counts) {
                prop_assert!((1..=MAX_ENTRIES).contains(&batch.len()));
                prop_assert!(batch.iter().map(|row| row.count).sum::<u64>() <= MAX_COUNTED as u64);
                for Row { at, level, count } in batch {
                    prop_assert!(count > 0);
                    *sums.entry(CountKey { at, level }).or_insert(0) += count;
                }
            }
            prop_assert_eq!(sums, counts);
        }
    }
}
