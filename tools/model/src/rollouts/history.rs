//! What the history of an update says that it counts as, by plain rules.

use centops_domain::rollouts::{Counted, Stage};

/// A change of an update, as its history has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The new stage.
    pub stage: Stage,
    /// The attempt.
    pub attempt: u8,
}

/// Returns what an update with this history counts as: the first attempt was taken if it ever was underway, succeeded if its
/// watch ended well unless it had failed before the watch, and failed if it or a success of it ended badly, unless it had
/// only been silent.
#[must_use]
pub fn replay(history: &[Step]) -> Counted {
    let first = history.iter().filter(|step| step.attempt <= 1).map(|step| step.stage).collect::<Vec<_>>();
    let mut counted = Counted { taken: first.iter().any(|stage| stage.is_underway()), ..Counted::default() };
    let mut before = Stage::Waiting;
    for stage in first {
        match (before, stage) {
            (Stage::WatchedAfterTimeout, Stage::Succeeded) => {
                counted = Counted { succeeded: true, failed: false, ..counted };
            }
            (Stage::Watched, Stage::Succeeded) => counted.succeeded = true,
            (_, Stage::Failed | Stage::TimedOut | Stage::RolledBack) => counted.failed = true,
            _ => {}
        }
        before = stage;
    }
    counted
}
