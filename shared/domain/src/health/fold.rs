//! Folding: counting a batch of observations in the health of a chatbot, each batch once.

use jiff::Timestamp;

use crate::{
    health::{observer::ObserverState, policy::Policy, state::Health},
    ingestion::{
        code_pattern::CodeClass, observation::Observation, observation::Signal, observer::Observer, sequence::Sequence,
    },
};

/// The observations of one observer about one chatbot in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The observer.
    pub observer: Observer,
    /// The sequence number of the message in the observer's queue.
    pub sequence: Sequence,
    /// The observations.
    pub observations: Vec<Observation>,
}

/// The outcome of folding: each observation is counted in exactly one field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldSummary {
    /// Counted in the totals and in the window.
    pub counted: usize,
    /// Counted in the totals only: older than the window, or than the last closing of the circuit.
    pub late: usize,
    /// Refused: counted before (a redelivery).
    pub repeated: usize,
    /// Refused: from before the chatbot was enrolled.
    pub before_enrolment: usize,
    /// Refused: the chatbot has too many observers.
    pub over_limit: usize,
}

impl FoldSummary {
    /// Returns the sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            counted: self.counted + other.counted,
            late: self.late + other.late,
            repeated: self.repeated + other.repeated,
            before_enrolment: self.before_enrolment + other.before_enrolment,
            over_limit: self.over_limit + other.over_limit,
        }
    }

    /// Returns whether the health changed.
    #[must_use]
    pub fn changed(self) -> bool {
        self.counted + self.late + self.before_enrolment > 0
    }
}

impl Health {
    /// Counts `batch` at `now`, unless it was counted before.
    pub fn fold(&mut self, batch: &Batch, policy: &Policy, now: Timestamp) -> FoldSummary {
        let size = batch.observations.len();
        if self.observers.get(&batch.observer).is_some_and(|state| state.has_counted(batch.sequence)) {
            return FoldSummary { repeated: size, ..FoldSummary::default() };
        }
        if !self.make_room(&batch.observer, now) {
            return FoldSummary { over_limit: size, ..FoldSummary::default() };
        }
        let new = || ObserverState::new(batch.sequence, now);
        let observer = self.observers.entry(batch.observer.clone()).or_insert_with(new);
        observer.begin_batch(batch.sequence, policy, now);
        let closed_since = self.circuit.is_closed().then(|| self.circuit.since());
        let mut summary = FoldSummary::default();
        for observation in &batch.observations {
            let Observation { at, signal } = *observation;
            if at < self.enrolled_at {
                summary.before_enrolment += 1;
                continue;
            }
            match signal {
                Signal::Code { result, .. } => *self.totals.entry(CodeClass::from(result)).or_default() += 1,
                Signal::Log(level) => *self.levels.entry(level).or_default() += 1,
            }
            let judgement = policy.judge(signal);
            self.minutes.add(at, signal, judgement, now);
            let counts = closed_since.is_none_or(|since| at >= since);
            if counts && observer.count(*observation, judgement, policy, now) {
                summary.counted += 1;
            } else {
                summary.late += 1;
            }
        }
        summary
    }
}
