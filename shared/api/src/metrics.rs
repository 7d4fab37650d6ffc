//! The metrics of one run for `CloudWatch`, written into its log in [its embedded format][format]: no call of their own.
//!
//! [format]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use centops_contract::{Metric, Unit};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The metrics of one run.
#[derive(Debug, Default)]
pub struct Metrics {
    values: Mutex<BTreeMap<Metric, i64>>,
}

impl Metrics {
    /// Adds `value` to a count; of another metric, the highest value of the run is kept.
    pub fn record(&self, metric: Metric, value: impl TryInto<i64>) {
        let value = value.try_into().unwrap_or(i64::MAX);
        let mut values = self.values();
        let recorded = values.entry(metric).or_insert(if metric.unit == Unit::Count { 0 } else { value });
        *recorded = if metric.unit == Unit::Count { recorded.saturating_add(value) } else { value.max(*recorded) };
    }

    /// Returns what was recorded of `metric`.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<i64> {
        self.values().get(&metric).copied()
    }

    /// Writes the metrics to standard output, which is the function's log. Without metrics it writes nothing.
    pub(crate) fn write(&self, namespace: &str, now: Timestamp) {
        let Some(line) = self.line(namespace, now) else { return };
        if let Err(error) = writeln!(io::stdout().lock(), "{line}") {
            tracing::warn!(%error, "failed to write metrics");
        }
    }

    /// Returns the metrics as one line of JSON.
    fn line(&self, namespace: &str, now: Timestamp) -> Option<String> {
        let values = self.values();
        if values.is_empty() {
            return None;
        }
        let metrics: Vec<_> =
            values.keys().map(|metric| json!({ "Name": metric.name, "Unit": metric.unit.as_str() })).collect();
        let directive = json!({ "Namespace": namespace, "Dimensions": [[]], "Metrics": metrics });
        let mut line: Map<String, Value> =
            values.iter().map(|(metric, value)| (metric.name.to_owned(), (*value).into())).collect();
        line.insert("_aws".to_owned(), json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] }));
        Some(Value::Object(line).to_string())
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<Metric, i64>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use centops_contract::metrics::{REPORT_AGE, REPORTS_COUNTED};

    use super::*;

    #[test]
    fn counts_are_added_and_ages_are_the_highest() {
        let metrics = Metrics::default();
        for (age, count) in [(40, 2), (70, 3), (-5_i64, 0_usize)] {
            metrics.record(REPORT_AGE, age);
            metrics.record(REPORTS_COUNTED, count);
        }
        assert_eq!((metrics.get(REPORT_AGE), metrics.get(REPORTS_COUNTED)), (Some(70), Some(5)));
    }

    #[test]
    fn line_is_of_the_embedded_format() {
        let metrics = Metrics::default();
        let now = Timestamp::from_millisecond(1_790_000_000_123).expect("a time");
        assert_eq!(metrics.line("CentOps/live", now), None);
        metrics.record(REPORT_AGE, 70);
        let line: Value = serde_json::from_str(&metrics.line("CentOps/live", now).expect("a line")).expect("JSON");
        let directive = json!({
            "Namespace": "CentOps/live",
            "Dimensions": [[]],
            "Metrics": [{ "Name": "ReportAge", "Unit": "Milliseconds" }],
        });
        let expected = json!({
            "_aws": { "Timestamp": 1_790_000_000_123_i64, "CloudWatchMetrics": [directive] },
            "ReportAge": 70,
        });
        assert_eq!(line, expected);
    }
}
