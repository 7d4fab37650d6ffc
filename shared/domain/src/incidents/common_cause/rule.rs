//! The numbers of the rule.

use jiff::SignedDuration;

/// The span before the evaluation in which openings may have a common cause.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// The age up to which a version counts as recent when an incident is opened.
pub const RECENT: SignedDuration = SignedDuration::from_hours(24);
/// The fewest members of a common cause.
pub const MIN_MEMBERS: usize = 3;
/// The smallest share of the population that failed, in per cent.
pub const MIN_PERCENT: u64 = 30;
/// The smallest ratio of the rate of the population to the rate of the others.
pub const MIN_RATIO: u64 = 3;
/// The most causes of one evaluation.
pub const MAX_CAUSES: usize = 10;
