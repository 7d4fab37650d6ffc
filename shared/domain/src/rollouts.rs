//! Rollouts: who may take a release when, and when it stops.
//!
//! An offer is a reservation against three numbers: the phase, the most updates at once, and the most at risk, which are in
//! flight or failed. A slot comes back when a success is proved, not when it is claimed. So silence, loss, delay and
//! repetition slow a rollout down, and never widen it.

pub(crate) mod head;
pub(crate) mod job;
pub(crate) mod openings;
pub(crate) mod placement;
pub(crate) mod plan;
pub(crate) mod record;
pub(crate) mod rollout;
pub(crate) mod step;
pub(crate) mod stop_rule;
pub(crate) mod window;

pub use self::{
    head::{AT_RISK, ATTEMPTS, Allowed, Block, Counts, Head, RolloutState, SUCCESSES_PER_SLOT, StopCause},
    job::{Counted, InstitutionCounts, Job, Progress, Stage},
    openings::Openings,
    placement::{InvalidShare, Placement, Share},
    plan::{InvalidPlan, MAX_AT_ONCE, MAX_PHASES, MAX_WINDOWS, Members, Phase, PhaseWaits, Plan},
    record::{
        CLAIM_MINUTES, Change, Circumstances, Durations, HeadRecord, JobRecord, MAX_HISTORY, OFFER_MINUTES, Stored,
    },
    rollout::{InvalidRolloutId, Rollout, RolloutId},
    step::{JobEvent, JobInRollout, JobRefusal},
    stop_rule::{BLOCK, HORIZON, Limits, WHOLE, WITHIN_BLOCK},
    window::{Hours, UpdateWindow},
};
