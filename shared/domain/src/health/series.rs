//! The history of a chatbot as a time series.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    health::history::Minute,
    ingestion::{code_pattern::CodeClass, log_level::LogLevel},
};

/// The most points of a series.
pub const MAX_POINTS: i64 = 1500;

/// The span of a series in Unix minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first minute: a multiple of the step.
    pub from: i64,
    /// The first minute after the span.
    pub to: i64,
    /// The minutes per point.
    pub step: i64,
}

/// The reason why a span is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpan {
    /// It ends before it starts.
    #[error("`from` must be before `to`")]
    Empty,
    /// It has too many points.
    #[error("a series has at most {MAX_POINTS} points: take a longer `step` or a shorter time")]
    TooMany,
    /// The step is not a number of whole minutes.
    #[error("`step` is a multiple of 60 seconds, at most a day")]
    Step,
}

impl Span {
    /// Returns the span of the steps that overlap `from..to`; `step` is in seconds.
    ///
    /// # Errors
    /// Returned if the step or the number of points is out of bounds.
    pub fn new(from: Timestamp, to: Timestamp, step: i64) -> Result<Self, InvalidSpan> {
        if !(60..=86_400).contains(&step) || step % 60 != 0 {
            return Err(InvalidSpan::Step);
        }
        if from >= to {
            return Err(InvalidSpan::Empty);
        }
        let first = from.as_second().div_euclid(step);
        let last = (to.as_millisecond() - 1).div_euclid(1000).div_euclid(step);
        if last - first >= MAX_POINTS {
            return Err(InvalidSpan::TooMany);
        }
        let step = step / 60;
        Ok(Self { from: first * step, to: (last + 1) * step, step })
    }
}

/// A point: the observations of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// The start of the step.
    pub start: Timestamp,
    /// The number of HTTP results and log entries.
    pub total: u32,
    /// The number of failures.
    pub failed: u32,
    /// The number of slow observations.
    pub slow: u32,
    /// The number of observations that arrived after their own minute was closed.
    pub late: u32,
    /// HTTP results by class.
    pub codes: BTreeMap<CodeClass, u32>,
    /// Log entries by level.
    pub levels: BTreeMap<LogLevel, u32>,
    /// The latency percentiles; none if nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
}

/// Latency percentiles in milliseconds, at most 20 % too high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// The median.
    p50: u32,
    /// The 95th percentile.
    p95: u32,
    /// The 99th percentile.
    p99: u32,
}

/// Returns the points of `span` from `minutes`, which are by their start in Unix minutes.
#[must_use]
pub fn series(span: Span, minutes: &BTreeMap<i64, Minute>) -> Vec<Point> {
    let mut points = Vec::new();
    let mut start = span.from;
    while start < span.to {
        let mut sum = Minute::default();
        for minute in minutes.range(start..start + span.step).map(|(_, minute)| minute) {
            sum.merge(minute);
        }
        points.push(point(start, sum));
        start += span.step;
    }
    points
}

fn point(start: i64, sum: Minute) -> Point {
    let latency = |percent| sum.latency_percentile(percent);
    Point {
        start: Timestamp::from_second(start * 60).unwrap_or_default(),
        total: sum.total(),
        failed: sum.failed,
        slow: sum.slow,
        late: sum.late,
        latency: latency(50).zip(latency(95)).zip(latency(99)).map(|((p50, p95), p99)| Latency { p50, p95, p99 }),
        codes: sum.codes,
        levels: sum.levels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        health::{history::Minutes, policy::Judgement},
        ingestion::observation::Signal,
    };

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn span_covers_all_overlapping_steps() {
        assert_eq!(Span::new(second(61), second(120), 60), Ok(Span { from: 1, to: 2, step: 1 }));
        assert_eq!(Span::new(second(61), second(121), 60), Ok(Span { from: 1, to: 3, step: 1 }));
        assert_eq!(Span::new(second(301), second(600), 300), Ok(Span { from: 5, to: 10, step: 5 }));
        assert_eq!(Span::new(second(60), second(60), 60), Err(InvalidSpan::Empty));
        assert_eq!(Span::new(second(0), second(60), 90), Err(InvalidSpan::Step));
        assert_eq!(Span::new(second(0), second(90_000), 60).map(|span| span.to), Ok(1500));
        assert_eq!(Span::new(second(0), second(90_001), 60), Err(InvalidSpan::TooMany));
    }

    #[test]
    fn each_minute_is_in_one_point() {
        let mut minutes = Minutes::default();
        for (time, judgement) in
            [(0, Judgement::Fine), (59, Judgement::Failed), (60, Judgement::Fine), (300, Judgement::Slow)]
        {
            minutes.add(second(time), Signal::Log(LogLevel::Info), judgement, second(time));
        }
        let points = series(Span { from: 0, to: 10, step: 5 }, minutes.kept());
        let numbers: Vec<_> = points.iter().map(|point| (point.start.as_second(), point.total, point.failed)).collect();
        assert_eq!(numbers, [(0, 3, 1), (300, 1, 0)]);
        assert_eq!(points[1].slow, 1);
    }
}
