//! The sums of a rollout, and what they allow.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::{
    openings::Openings,
    stop_rule::{BLOCK, WHOLE, WITHIN_BLOCK},
};
use crate::digest::Digest;

/// The most updates at risk (in flight, or failed) before the first success.
pub const AT_RISK: u32 = 4;

/// The number of successes that allow one more update at risk.
pub const SUCCESSES_PER_SLOT: u32 = 8;

/// The most attempts of a chatbot. After the last one somebody has to look.
pub const ATTEMPTS: u8 = 3;

/// Whether a rollout offers its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RolloutState {
    /// It offers the release.
    Running,
    /// It offers nothing until it is resumed. Updates that chatbots have accepted go on.
    Paused,
    /// It offers nothing any more.
    Stopped(StopCause),
}

/// The cause of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StopCause {
    /// Too many of all takers failed.
    Failures,
    /// Too many takers of one block failed.
    FailuresInBlock,
    /// The failures alone are as many as may be at risk.
    AtRisk,
    /// The circuits of takers open more often than those of others.
    Openings,
    /// An administrator stopped it.
    Administrator,
    /// The release was withdrawn.
    Withdrawn,
}

/// The sums over the updates of a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Updates that hold a slot, retries included.
    pub in_flight: u32,
    /// First offers that are not accepted yet.
    pub offered: u32,
    /// Chatbots that accepted a first offer.
    pub taken: u32,
    /// Takers whose success was proved.
    pub succeeded: u32,
    /// Takers whose first attempt failed, and those that went back.
    pub failed: u32,
}

impl Counts {
    fn parts(self) -> [u32; 5] {
        [self.in_flight, self.offered, self.taken, self.succeeded, self.failed]
    }

    fn of_parts([in_flight, offered, taken, succeeded, failed]: [u32; 5]) -> Self {
        Self { in_flight, offered, taken, succeeded, failed }
    }

    /// Replaces the summand `before` by `after`.
    fn replace(&mut self, before: Self, after: Self) {
        *self = Self::of_parts(replaced(self.parts(), before.parts(), after.parts()));
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        Self::of_parts(added(counts.map(Self::parts)))
    }
}

/// Returns the sums of `parts`.
pub(super) fn added<const N: usize>(parts: impl Iterator<Item = [u32; N]>) -> [u32; N] {
    parts.fold([0; N], |sums, one| std::array::from_fn(|part| sums[part] + one[part]))
}

/// Returns `sums` with the summands `after` in place of `before`.
pub(super) fn replaced<const N: usize>(sums: [u32; N], before: [u32; N], after: [u32; N]) -> [u32; N] {
    std::array::from_fn(|part| (sums[part] + after[part]).saturating_sub(before[part]))
}

/// The sums over the takers of one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Block {
    /// The number of the block, from 1.
    pub number: u32,
    /// Its takers.
    pub taken: u32,
    /// Those of them that failed.
    pub failed: u32,
}

/// What a plan allows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Allowed {
    /// The most updates in flight.
    pub at_once: u32,
    /// The most updates at risk before the first success, at most [`AT_RISK`] and `at_once`.
    pub at_risk: u32,
    /// The most attempts of a chatbot, at most [`ATTEMPTS`].
    pub attempts: u8,
}

/// The head of a rollout: its state and sums. Every offer and every outcome changes it in the transaction of the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The state.
    pub state: RolloutState,
    /// The number of the current phase, from 0.
    pub phase: u8,
    /// The sums.
    pub counts: Counts,
    /// The sums when the phase began.
    pub before_phase: Counts,
    /// The current block.
    pub block: Block,
    /// The evidence that the circuits of takers open more often than those of others.
    pub openings: Openings,
    /// What was approved for the next phase: a plan and a release, by their digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Digest>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            state: RolloutState::Running,
            phase: 0,
            counts: Counts::default(),
            before_phase: Counts::default(),
            block: Block { number: 1, ..Block::default() },
            openings: Openings::default(),
            approved: None,
        }
    }
}

impl Head {
    /// Returns whether a further update may be at risk.
    #[must_use]
    pub fn may_risk_more(&self, allowed: Allowed) -> bool {
        let Counts { in_flight, failed, .. } = self.counts;
        in_flight.saturating_add(failed) < self.most_at_risk(allowed)
    }

    /// Returns the most updates that may be in flight or failed.
    #[must_use]
    pub fn most_at_risk(&self, allowed: Allowed) -> u32 {
        allowed.at_risk.min(AT_RISK).saturating_add(self.counts.succeeded / SUCCESSES_PER_SLOT)
    }

    /// Returns the number of chatbots that were given a first offer in this phase and took it, or still may.
    #[must_use]
    pub fn given_in_phase(&self) -> u32 {
        (self.counts.taken + self.counts.offered).saturating_sub(self.before_phase.taken)
    }

    /// Returns the number of the block to which the next taker belongs.
    pub(super) fn next_block(&self) -> u32 {
        self.block.number + u32::from(self.block.taken >= BLOCK)
    }

    /// Replaces what one update of the block `block` adds to the sums, and stops the rollout if that is a failure too many.
    pub(super) fn replace(&mut self, before: Counts, after: Counts, block: u32, allowed: Allowed) {
        if block > self.block.number {
            self.begin_block();
        }
        self.counts.replace(before, after);
        if block == self.block.number {
            let sums = [self.block.taken, self.block.failed];
            [self.block.taken, self.block.failed] =
                replaced(sums, [before.taken, before.failed], [after.taken, after.failed]);
        }
        if after.failed > before.failed
            && let Some(cause) = self.too_many(allowed)
        {
            self.stop(cause);
        }
    }

    /// Returns why the failures so far are too many, if they are.
    fn too_many(&self, allowed: Allowed) -> Option<StopCause> {
        let Counts { taken, failed, .. } = self.counts;
        if WHOLE.are_reached(taken, failed) {
            Some(StopCause::Failures)
        } else if WITHIN_BLOCK.are_reached(self.block.taken, self.block.failed) {
            Some(StopCause::FailuresInBlock)
        } else {
            (failed >= self.most_at_risk(allowed)).then_some(StopCause::AtRisk)
        }
    }

    /// Adds the opening of the circuit of a chatbot that was Online, one of `online` of which `takers` have the release. The
    /// caller leaves out further openings of an institution within an hour, and all while the cap holds or an incident of the
    /// network is open: these are not independent.
    pub fn circuit_opened(&mut self, is_of_taker: bool, takers: u32, online: u32) {
        self.openings = self.openings.with(is_of_taker, takers, online);
        if self.openings.are_too_many() {
            self.stop(StopCause::Openings);
        }
    }

    /// Stops the rollout. The first cause stays.
    pub fn stop(&mut self, cause: StopCause) {
        if !matches!(self.state, RolloutState::Stopped(_)) {
            self.state = RolloutState::Stopped(cause);
        }
    }

    /// Pauses a rollout that runs.
    pub fn pause(&mut self) {
        if self.state == RolloutState::Running {
            self.state = RolloutState::Paused;
        }
    }

    /// Resumes a rollout that is paused.
    pub fn resume(&mut self) {
        if self.state == RolloutState::Paused {
            self.state = RolloutState::Running;
        }
    }

    /// Returns whether the outcomes of the phase allow the next one: nothing is in flight, and somebody succeeded. A phase
    /// that nobody has taken does not pass.
    #[must_use]
    pub fn phase_is_proved(&self) -> bool {
        self.counts.in_flight == 0 && self.counts.succeeded > self.before_phase.succeeded
    }

    /// Approves the next phase, if it is to carry out what `digest` names.
    pub fn approve(&mut self, digest: Digest) {
        self.approved = Some(digest);
    }

    /// Begins the next phase, if the rollout runs and this one [is proved](Self::phase_is_proved). If the next phase needs an
    /// approval, `approval` is the digest of what it would carry out: one of anything else is void. Whether this was the last
    /// phase, and long enough ago, is for the plan.
    pub fn begin_next_phase(&mut self, approval: Option<Digest>) -> bool {
        let is_approved = approval.is_none() || approval == self.approved;
        let begins = self.state == RolloutState::Running && self.phase_is_proved() && is_approved;
        if begins {
            self.phase = self.phase.saturating_add(1);
            self.before_phase = self.counts;
            self.approved = None;
            self.begin_block();
        }
        begins
    }

    fn begin_block(&mut self) {
        self.block = Block { number: self.block.number.saturating_add(1), ..Block::default() };
    }
}
