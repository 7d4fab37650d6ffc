//! Folding: counting a batch of observations in the health of a chatbot, each batch once.

use jiff::Timestamp;

use crate::{
    health::{observer::ObserverState, policy::Policy, state::Health},
    ingestion::{
        code_pattern::CodeClass, observation::Observation, observation::Signal, observer::Observer, sequence::Sequence,
    },
};

/// Delivery of a batch. It decides how a batch that was counted before is recognised.
///
/// The watermark is the sequence number of the last batch that was counted of an observer. The queue delivers the
/// batches of an observer in order, so it costs nothing. A parked batch leaves that order; it is recognised by a marker,
/// an item of its own that is written together with the counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The first delivery of a message: by the watermark.
    #[default]
    First,
    /// A later delivery of a message, parts of which may be parked: by the watermark and the marker.
    Repeated,
    /// A parked batch that nobody tried to count before: by the marker. The watermark may have passed it.
    Parked,
    /// A parked batch that somebody tried to count, without a known outcome: by the watermark and the marker. The
    /// watermark stays where it is until the batch is settled.
    Unsettled,
}

impl Delivery {
    /// Returns whether the batch was counted if it is not above the watermark.
    #[must_use]
    pub fn heeds_watermark(self) -> bool {
        self != Self::Parked
    }

    /// Returns whether the batch becomes the watermark.
    #[must_use]
    pub fn moves_watermark(self) -> bool {
        matches!(self, Self::First | Self::Repeated)
    }

    /// Returns whether a marker is written with the counts.
    #[must_use]
    pub fn has_marker(self) -> bool {
        self != Self::First
    }
}

/// The observations of one observer about one chatbot in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The observer.
    pub observer: Observer,
    /// The sequence number of the message in the observer's queue.
    pub sequence: Sequence,
    /// The observations.
    pub observations: Vec<Observation>,
    /// The delivery.
    pub delivery: Delivery,
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
    /// Counts `batch` at `now`, unless the watermark shows that it was counted before. The caller checks its marker.
    pub fn fold(&mut self, batch: &Batch, policy: &Policy, now: Timestamp) -> FoldSummary {
        let size = batch.observations.len();
        let has_counted = |state: &ObserverState| state.has_counted(batch.sequence);
        if batch.delivery.heeds_watermark() && self.observers.get(&batch.observer).is_some_and(has_counted) {
            return FoldSummary { repeated: size, ..FoldSummary::default() };
        }
        if !self.make_room(&batch.observer, now) {
            return FoldSummary { over_limit: size, ..FoldSummary::default() };
        }
        let observer = self.observers.entry(batch.observer.clone()).or_insert_with(|| ObserverState::new(now));
        observer.begin_batch(policy, now);
        if batch.delivery.moves_watermark() {
            observer.set_watermark(batch.sequence);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingestion::log_level::LogLevel;

    #[test]
    fn watermark_ignores_parked_batches_and_tells_whether_an_unsettled_one_was_counted() {
        let (now, policy) = (Timestamp::UNIX_EPOCH, Policy::default());
        let mut health = Health::new(now);
        let mut fold = |sequence: u128, delivery| {
            let observations = vec![Observation { at: now, signal: Signal::Log(LogLevel::Info) }];
            let batch = Batch { observer: Observer::Chatbot, sequence: sequence.into(), observations, delivery };
            health.fold(&batch, &policy, now).repeated == 0
        };
        assert!(fold(2, Delivery::Parked), "the first of an observer");
        assert!(fold(1, Delivery::First), "a parked batch does not move the watermark");
        assert!(!fold(1, Delivery::First) && !fold(1, Delivery::Repeated) && !fold(1, Delivery::Unsettled));
        assert!(fold(9, Delivery::Unsettled) && fold(8, Delivery::Unsettled), "nor does an unsettled one");
        assert!(fold(3, Delivery::Repeated) && !fold(3, Delivery::First), "a redelivered one does");
        assert!(fold(2, Delivery::Parked), "it is told apart by its marker");
    }
}
