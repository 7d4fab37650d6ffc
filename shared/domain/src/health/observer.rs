//! The state that a chatbot's health keeps per observer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    health::{
        detector,
        policy::{Judgement, Policy},
        report_interval::ReportInterval,
        window::Window,
    },
    ingestion::{observation::Observation, sequence::Sequence},
};

/// The number of failures that are kept in full per observer.
const RECENT_FAILURES: usize = 3;

/// The state of one observer of a chatbot. The order of the fields is the stored layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObserverState {
    /// The watermark: the sequence number of the last batch that was counted in the order of the queue. Zero, which no
    /// batch has, while there is none.
    last_batch: Sequence,
    /// The times at which it reports.
    pub(super) report_interval: ReportInterval,
    /// True if it was flagged as silent.
    pub(super) silent: bool,
    /// True if it alone finds the chatbot failing.
    pub(super) outlier: bool,
    /// The score of the fast detector.
    score: u32,
    /// The window of the rate detector.
    window: Window,
    /// The last failures, oldest first.
    recent: Vec<Observation>,
}

impl ObserverState {
    /// Returns the state of an observer whose first batch arrives at `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            last_batch: Sequence::default(),
            report_interval: ReportInterval::new(now),
            silent: false,
            outlier: false,
            score: 0,
            window: Window::default(),
            recent: Vec::new(),
        }
    }

    /// Returns whether the batch `sequence` is at or below the watermark.
    pub(super) fn has_counted(&self, sequence: Sequence) -> bool {
        sequence <= self.last_batch
    }

    /// Moves the watermark to the batch `sequence`.
    pub(super) fn set_watermark(&mut self, sequence: Sequence) {
        self.last_batch = sequence;
    }

    /// Records that a batch arrived at `now`, and drops what has left the window.
    pub(super) fn begin_batch(&mut self, policy: &Policy, now: Timestamp) {
        self.report_interval.record_report(now);
        self.silent = false;
        self.window.trim(policy, now);
        if self.window.buckets().is_empty() {
            self.score = 0;
            self.recent.clear();
        }
    }

    /// Counts an observation. Returns false if it is older than the window.
    pub(super) fn count(
        &mut self,
        observation: Observation,
        judgement: Judgement,
        policy: &Policy,
        now: Timestamp,
    ) -> bool {
        if !self.window.add(observation.at, judgement, policy, now) {
            return false;
        }
        self.score = detector::next_score(self.score, judgement, policy);
        if judgement != Judgement::Fine {
            if self.recent.len() >= RECENT_FAILURES {
                self.recent.remove(0);
            }
            self.recent.push(observation);
        }
        true
    }

    /// Starts anew at `now`, when the circuit closes: the failures that opened it must not open it again, and the
    /// observer is not to blame for its silence while there was nothing to observe.
    pub(super) fn reset(&mut self, now: Timestamp) {
        self.window = Window::default();
        (self.score, self.silent, self.outlier) = (0, false, false);
        self.recent.clear();
        self.report_interval.restart(now);
    }

    /// Returns when its last report arrived, and how often it usually reports.
    #[must_use]
    pub fn report_interval(&self) -> &ReportInterval {
        &self.report_interval
    }

    /// Returns whether it stopped reporting.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Returns whether it alone finds the chatbot failing.
    #[must_use]
    pub fn is_outlier(&self) -> bool {
        self.outlier
    }

    /// Returns the score of the fast detector.
    #[must_use]
    pub fn score(&self) -> u32 {
        self.score
    }

    /// Returns its window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Returns the last failures that it observed, oldest first.
    #[must_use]
    pub fn recent(&self) -> &[Observation] {
        &self.recent
    }
}
