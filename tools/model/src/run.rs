//! Runs many histories, and reports the first difference.

use std::{cell::RefCell, ops::Range};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};

use crate::{
    differential::{Statistics, compare},
    history::History,
    strategy::{Histories, rng},
};

/// A history with a difference, shrunk by proptest.
#[derive(Debug)]
pub struct Counterexample {
    /// The number of the history.
    pub number: u64,
    /// The difference.
    pub reason: String,
    /// The shrunk history; none if its generation failed.
    pub history: Option<Box<History>>,
}

impl std::fmt::Display for Counterexample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "history {} differs, {}", self.number, self.reason)?;
        let Some(history) = &self.history else { return Ok(()) };
        let differs = |name| history.policies.own.contains_key(name);
        writeln!(f, "\nthe policy: {:?}", history.policies.defaults)?;
        for (name, own) in history.policies.own.iter().filter(|(name, _)| differs(*name)) {
            writeln!(f, "the policy of {name}: {own:?}")?;
        }
        for (number, step) in history.steps.iter().enumerate() {
            writeln!(
                f,
                "{number:>4} {} jitter {:.3} {:?}, fault: {:?}",
                step.now, step.jitter, step.action, step.fault
            )?;
        }
        Ok(())
    }
}

/// Runs the histories with these numbers.
///
/// # Errors
/// The first counterexample.
pub fn run(seed: u64, numbers: Range<u64>) -> Result<Statistics, Counterexample> {
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut statistics = Statistics::default();
    for number in numbers {
        statistics.add(&single(seed, number, &config)?);
    }
    Ok(statistics)
}

fn single(seed: u64, number: u64, config: &Config) -> Result<Statistics, Counterexample> {
    let mut runner = TestRunner::new_with_rng(config.clone(), rng(seed, number));
    let nothing = |reason: String| Counterexample { number, reason, history: None };
    let tree = Histories.new_tree(&mut runner).map_err(|reason| nothing(reason.to_string()))?;
    let statistics = RefCell::new(Statistics::default());
    let result = runner.run_one(tree, |history| match compare(&history) {
        Ok(result) => {
            *statistics.borrow_mut() = result;
            Ok(())
        }
        Err(difference) => Err(TestCaseError::fail(difference.to_string())),
    });
    match result {
        Ok(_) => Ok(statistics.into_inner()),
        Err(TestError::Abort(reason)) => Err(nothing(reason.to_string())),
        Err(TestError::Fail(reason, history)) => {
            Err(Counterexample { number, reason: reason.to_string(), history: Some(Box::new(history)) })
        }
    }
}
