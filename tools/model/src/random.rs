//! Random histories: a few chatbots whose condition changes, observers that are late, repeat reports or report nonsense,
//! probers that are slow or get lost, administrators, and machines that crash.

mod actions;
mod generator;
mod policies;
mod reports;
mod scenario;

use fastrand::Rng;

use self::generator::Generator;
use crate::history::History;

/// The least number of observations of a history.
pub const MIN_OBSERVATIONS: usize = 100;
/// The least number of steps of a history.
const MIN_STEPS: usize = 40;

/// The history of a seed.
#[must_use]
pub fn history(seed: u64) -> History {
    let mut generator = Generator::new(Rng::with_seed(seed));
    let policies = generator.policies.clone();
    generator.enrol_all();
    while generator.steps.len() < MIN_STEPS || generator.observations < MIN_OBSERVATIONS {
        generator.round();
    }
    if generator.chance(30) {
        generator.settle();
    }
    History { policies, steps: generator.steps }
}
