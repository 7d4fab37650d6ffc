//! Plays many histories, each of its own dice, and says where the first difference is.

use std::{cell::RefCell, ops::Range};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};

use crate::{
    history::History,
    play::{Tally, play},
    strategy::{Histories, dice},
};

/// A difference, as short as proptest makes it.
#[derive(Debug)]
pub struct Found {
    /// The number of the history.
    pub number: u64,
    /// What differs.
    pub reason: String,
    /// The shrunk history; none where no history was made.
    pub history: Option<Box<History>>,
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "history {} differs, {}", self.number, self.reason)?;
        let Some(history) = &self.history else { return Ok(()) };
        let differs = |name| history.policies.own.contains_key(name);
        writeln!(f, "\nthe policy: {:?}", history.policies.defaults)?;
        for (name, own) in history.policies.own.iter().filter(|(name, _)| differs(*name)) {
            writeln!(f, "the policy of {name}: {own:?}")?;
        }
        for (number, step) in history.steps.iter().enumerate() {
            writeln!(f, "{number:>4} {} dice {:.3} {:?}, mishap: {:?}", step.now, step.dice, step.action, step.mishap)?;
        }
        Ok(())
    }
}

/// Plays the histories with these numbers.
///
/// # Errors
/// At the first difference.
pub fn run(seed: u64, numbers: Range<u64>) -> Result<Tally, Found> {
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut tally = Tally::default();
    for number in numbers {
        tally.add(&single(seed, number, &config)?);
    }
    Ok(tally)
}

fn single(seed: u64, number: u64, config: &Config) -> Result<Tally, Found> {
    let mut runner = TestRunner::new_with_rng(config.clone(), dice(seed, number));
    let nothing = |reason: String| Found { number, reason, history: None };
    let tree = Histories.new_tree(&mut runner).map_err(|reason| nothing(reason.to_string()))?;
    let tally = RefCell::new(Tally::default());
    let played = runner.run_one(tree, |history| match play(&history) {
        Ok(played) => {
            *tally.borrow_mut() = played;
            Ok(())
        }
        Err(difference) => Err(TestCaseError::fail(difference.to_string())),
    });
    match played {
        Ok(_) => Ok(tally.into_inner()),
        Err(TestError::Abort(reason)) => Err(nothing(reason.to_string())),
        Err(TestError::Fail(reason, history)) => {
            Err(Found { number, reason: reason.to_string(), history: Some(Box::new(history)) })
        }
    }
}
