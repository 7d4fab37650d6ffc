//! Collects codes until a batch is due.

use std::time::{Duration, Instant};

use crate::code::Code;

/// The limit of codes in one batch, by the contract.
pub const BATCH_SIZE: usize = 1000;
/// The longest time that a code waits for its batch.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// The longest time that a failure waits. Short, because CentOps decides by failures.
const FAILURE_WAIT: Duration = Duration::from_millis(250);

/// Collects codes. A batch is due at 1,000 codes, after 5 s, or 250 ms after a failure.
#[derive(Debug, Default)]
pub struct Batcher {
    codes: Vec<Code>,
    due: Option<Instant>,
}

impl Batcher {
    /// Adds a code at `now`.
    pub fn push(&mut self, code: Code, now: Instant) {
        let wait = if code.outcome.is_failure() { FAILURE_WAIT } else { MAX_WAIT };
        let due = now + wait;
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
        self.codes.push(code);
        if self.is_full() {
            self.due = Some(self.due.map_or(now, |earlier| earlier.min(now)));
        }
    }

    /// Puts codes back that could not be stored. They are due at once.
    pub fn put_back(&mut self, mut codes: Vec<Code>) {
        codes.append(&mut self.codes);
        self.codes = codes;
        self.due.get_or_insert_with(Instant::now);
    }

    /// Returns the time at which the batch has to be taken; `None` if no code waits.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Returns whether the batch has to be taken at `now`.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// Returns whether the batch has as many codes as a request may have.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.codes.len() >= BATCH_SIZE
    }

    /// Returns the number of codes that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Returns whether no code waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Returns the codes that wait.
    #[must_use]
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// Removes up to 1,000 codes, the oldest first. The others are due at once.
    pub fn take(&mut self, now: Instant) -> Vec<Code> {
        let rest = self.codes.split_off(self.codes.len().min(BATCH_SIZE));
        self.due = (!rest.is_empty()).then_some(now);
        std::mem::replace(&mut self.codes, rest)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::code::{Failure, Outcome};

    fn code(outcome: Outcome) -> Code {
        Code { chatbot: "tax-board".to_owned(), at: Timestamp::UNIX_EPOCH, outcome }
    }

    const FINE: Outcome = Outcome::Responded { status: 200, duration_ms: None };
    const FAILED: Outcome = Outcome::Failed { error: Failure::Timeout };

    #[test]
    fn batch_is_due_after_five_seconds_or_a_quarter_after_a_failure() {
        let (start, mut batcher) = (Instant::now(), Batcher::default());
        assert!(!batcher.is_due(start + Duration::from_hours(1)), "nothing to send");
        batcher.push(code(FINE), start);
        assert!(!batcher.is_due(start + Duration::from_millis(4999)));
        assert!(batcher.is_due(start + Duration::from_secs(5)));
        batcher.push(code(FAILED), start + Duration::from_secs(1));
        assert!(!batcher.is_due(start + Duration::from_millis(1249)));
        assert!(batcher.is_due(start + Duration::from_millis(1250)));
        batcher.push(code(Outcome::Responded { status: 500, duration_ms: None }), start + Duration::from_secs(2));
        assert!(batcher.is_due(start + Duration::from_millis(1250)), "a later failure does not delay it");
        assert_eq!(batcher.take(start).len(), 3);
        assert!(batcher.is_empty() && !batcher.is_due(start + Duration::from_hours(1)));
    }

    #[test]
    fn full_batch_is_due_at_once_and_has_at_most_a_thousand_codes() {
        let (start, mut batcher) = (Instant::now(), Batcher::default());
        for _ in 0..BATCH_SIZE - 1 {
            batcher.push(code(FINE), start);
        }
        assert!(!batcher.is_due(start));
        batcher.push(code(FINE), start);
        assert!(batcher.is_due(start));
        batcher.push(code(FINE), start);
        assert_eq!(batcher.take(start).len(), BATCH_SIZE);
        assert_eq!((batcher.len(), batcher.is_due(start)), (1, true));
    }
}
