//! A proptest strategy for histories, with shrinking.

use proptest::{
    prelude::Rng as _,
    strategy::{NewTree, Strategy, ValueTree},
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    history::{Action, History},
    random,
};

/// A strategy for histories of at least [`random::MIN_OBSERVATIONS`] observations.
#[derive(Clone, Copy, Debug)]
pub struct Histories;

/// Returns the random generator of one history. It depends on the seed and the number of the history only, not on the
/// number of threads.
#[must_use]
pub fn rng(seed: u64, number: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

impl Strategy for Histories {
    type Tree = Shrinking;
    type Value = History;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(Shrinking::new(random::history(runner.rng().next_u64())))
    }
}

/// Shrinks a history while the difference remains: first it removes runs of steps, long ones before short ones, then
/// runs of observations in each message.
#[derive(Clone, Debug)]
pub struct Shrinking {
    history: History,
    before: Option<History>,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Steps { from: usize, size: usize },
    Observations { step: usize, from: usize, size: usize },
    Done,
}

impl Shrinking {
    fn new(history: History) -> Self {
        let part = Part::Steps { from: 0, size: history.steps.len().div_ceil(2).max(1) };
        Self { history, before: None, part }
    }

    /// Returns the part to remove after this one.
    fn next(&self) -> Part {
        let steps = self.history.steps.len();
        match self.part {
            Part::Steps { from, size } if from < steps => Part::Steps { from, size },
            Part::Steps { size, .. } if size > 1 => Part::Steps { from: 0, size: size / 2 },
            Part::Steps { .. } => Part::Observations { step: 0, from: 0, size: 64 },
            Part::Observations { step, .. } if step >= steps => Part::Done,
            Part::Observations { step, from, size } => match most(&self.history, step) {
                most if from < most => Part::Observations { step, from, size },
                _ if size > 1 => Part::Observations { step, from: 0, size: size / 2 },
                _ => Part::Observations { step: step + 1, from: 0, size: 64 },
            },
            Part::Done => Part::Done,
        }
    }

    /// Removes the next part. Returns false if none is left.
    fn take_out(&mut self) -> bool {
        loop {
            let next = self.next();
            let moved = next != self.part;
            self.part = next;
            match next {
                Part::Done => return false,
                Part::Steps { from, size } if from < self.history.steps.len() => {
                    self.before = Some(self.history.clone());
                    let to = (from + size).min(self.history.steps.len());
                    self.history.steps.drain(from..to);
                    return true;
                }
                Part::Observations { step, from, size } if from < most(&self.history, step) => {
                    self.before = Some(self.history.clone());
                    without(&mut self.history, step, from, size);
                    return true;
                }
                _ if moved => {}
                _ => return false,
            }
        }
    }
}

/// Returns the number of observations in the longest report of a step.
fn most(history: &History, step: usize) -> usize {
    match history.steps.get(step).map(|step| &step.action) {
        Some(Action::Deliver(messages)) => {
            messages.iter().flat_map(|message| message.about.values()).map(Vec::len).max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn without(history: &mut History, step: usize, from: usize, size: usize) {
    let Some(Action::Deliver(messages)) = history.steps.get_mut(step).map(|step| &mut step.action) else { return };
    for observations in messages.iter_mut().flat_map(|message| message.about.values_mut()) {
        let (from, to) = (from.min(observations.len()), (from + size).min(observations.len()));
        observations.drain(from..to);
    }
}

impl ValueTree for Shrinking {
    type Value = History;

    fn current(&self) -> History {
        self.history.clone()
    }

    fn simplify(&mut self) -> bool {
        self.before = None;
        self.take_out()
    }

    fn complicate(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        self.history = before;
        match &mut self.part {
            Part::Steps { from, size } | Part::Observations { from, size, .. } => *from += *size,
            Part::Done => {}
        }
        self.take_out()
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{Config, TestCaseError, TestError};

    use super::*;

    #[test]
    fn history_shrinks_to_the_relevant_part() {
        let config = Config { failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, rng(1, 1));
        let tree = Histories.new_tree(&mut runner).expect("a history");
        assert!(tree.current().observations() >= random::MIN_OBSERVATIONS);
        let result = runner.run_one(tree, |history| {
            if history.observations() < 3 { Ok(()) } else { Err(TestCaseError::fail("three are too many")) }
        });
        let Err(TestError::Fail(_, history)) = result else { panic!("{result:?}") };
        assert_eq!((history.steps.len(), history.observations()), (1, 3));
    }

    #[test]
    fn same_seed_and_number_give_the_same_history() {
        let history = |seed, number| {
            let mut runner = TestRunner::new_with_rng(Config::default(), rng(seed, number));
            format!("{:?}", Histories.new_tree(&mut runner).expect("a history").current())
        };
        assert_eq!(history(3, 4), history(3, 4));
        assert_ne!(history(3, 4), history(4, 3));
        assert_ne!(history(3, 4), history(3, 5));
    }
}
