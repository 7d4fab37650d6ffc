//! The update of one chatbot in a rollout.

use serde::{Deserialize, Serialize};

use super::head::Counts;

/// The stage of an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Nothing was offered.
    #[default]
    Waiting,
    /// The update was offered. The offer is a lease.
    Offered,
    /// The offer was not accepted in time.
    Lapsed,
    /// The chatbot accepted the offer: it may start.
    Accepted,
    /// The chatbot downloads the artefact.
    Downloading,
    /// The chatbot installs the artefact.
    Installing,
    /// The chatbot says that it succeeded, but has not reported the version.
    Claimed,
    /// The chatbot reported the version. Its circuit is watched.
    Watched,
    /// The chatbot reported the version after its update had timed out. Its circuit is watched.
    WatchedAfterTimeout,
    /// The chatbot reported the version after its update had failed. Its circuit is watched.
    WatchedAfterFailure,
    /// The version was reported, and the circuit stayed closed.
    Succeeded,
    /// The update failed.
    Failed,
    /// The update did not end in time.
    TimedOut,
    /// The update was cancelled before the chatbot installed it.
    Superseded,
    /// The chatbot went back to an older version after the update had succeeded.
    RolledBack,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 15] = [
        Self::Waiting,
        Self::Offered,
        Self::Lapsed,
        Self::Accepted,
        Self::Downloading,
        Self::Installing,
        Self::Claimed,
        Self::Watched,
        Self::WatchedAfterTimeout,
        Self::WatchedAfterFailure,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Superseded,
        Self::RolledBack,
    ];

    /// Returns whether the update holds a slot: it was offered, and neither succeeded nor ended otherwise.
    #[must_use]
    pub fn holds_slot(self) -> bool {
        self == Self::Offered || self.is_underway()
    }

    /// Returns whether the chatbot may be working on the update, or just has.
    #[must_use]
    pub fn is_underway(self) -> bool {
        self.progress().is_some() || self == Self::Watched
    }

    /// Returns whether the chatbot reported the version, and its circuit is watched.
    #[must_use]
    pub fn is_watched(self) -> bool {
        matches!(self, Self::Watched | Self::WatchedAfterTimeout | Self::WatchedAfterFailure)
    }

    /// Returns whether the stage ends by itself when its deadline passes.
    #[must_use]
    pub fn has_deadline(self) -> bool {
        self.holds_slot() || self.is_watched()
    }

    /// Returns how far the chatbot says it is. Reports only raise it.
    fn progress(self) -> Option<Progress> {
        match self {
            Self::Accepted => Some(Progress::Accepted),
            Self::Downloading => Some(Progress::Downloading),
            Self::Installing => Some(Progress::Installing),
            Self::Claimed => Some(Progress::Succeeded),
            _ => None,
        }
    }

    /// Returns the stage after the chatbot reported `progress`.
    pub(super) fn after(self, progress: Progress) -> Self {
        if self.progress().is_none_or(|current| current >= progress) {
            return self;
        }
        match progress {
            Progress::Accepted => Self::Accepted,
            Progress::Downloading => Self::Downloading,
            Progress::Installing => Self::Installing,
            Progress::Succeeded => Self::Claimed,
        }
    }
}

/// How far a chatbot says that its update is, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// It accepts the offer.
    Accepted,
    /// It downloads the artefact.
    Downloading,
    /// It installs the artefact.
    Installing,
    /// It says that it runs the version. Only a report of versions proves it.
    Succeeded,
}

/// What an update counts as in the sums of its rollout. Only the first attempt does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counted {
    /// It was taken.
    pub taken: bool,
    /// It succeeded.
    pub succeeded: bool,
    /// It failed. What succeeded and was rolled back counts as both.
    pub failed: bool,
}

/// The sums over the updates of one institution in a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstitutionCounts {
    /// Updates that hold a slot.
    pub in_flight: u32,
    /// Updates that succeeded, by whichever attempt.
    pub succeeded: u32,
    /// Updates that failed, and have not succeeded since.
    pub failed: u32,
}

/// The update of one enrolment in a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// The stage.
    pub stage: Stage,
    /// The number of the attempt, from 1; 0 before the first offer.
    pub attempt: u8,
    /// What it counts as.
    pub counted: Counted,
    /// The block of takers that it belongs to; 0 if it was not taken.
    pub block: u32,
}

impl Job {
    /// Returns whether this is the first attempt, by which the release is judged.
    #[must_use]
    pub fn is_first(self) -> bool {
        self.attempt <= 1
    }

    /// Returns whether a first offer can be made.
    #[must_use]
    pub fn awaits_first_offer(self) -> bool {
        self.is_first() && matches!(self.stage, Stage::Waiting | Stage::Lapsed)
    }

    /// Returns whether a further one of at most `attempts` can be offered: the last one failed, or its offer lapsed.
    #[must_use]
    pub fn awaits_retry(self, attempts: u8) -> bool {
        match self.stage {
            Stage::Failed | Stage::TimedOut => self.attempt < attempts,
            Stage::Lapsed => !self.is_first(),
            _ => false,
        }
    }

    /// Returns what the update adds to the sums of its rollout.
    #[must_use]
    pub fn counts(self) -> Counts {
        let Counted { taken, succeeded, failed } = self.counted;
        Counts {
            in_flight: self.stage.holds_slot().into(),
            offered: (self.is_first() && self.stage == Stage::Offered).into(),
            taken: taken.into(),
            succeeded: succeeded.into(),
            failed: failed.into(),
        }
    }

    /// Returns what the update adds to the sums of its institution.
    #[must_use]
    pub fn institution_counts(self) -> InstitutionCounts {
        let has_succeeded = self.stage == Stage::Succeeded;
        let has_failed = match self.stage {
            Stage::Failed
            | Stage::TimedOut
            | Stage::WatchedAfterTimeout
            | Stage::WatchedAfterFailure
            | Stage::RolledBack => true,
            _ => !self.is_first() && !has_succeeded,
        };
        InstitutionCounts {
            in_flight: self.stage.holds_slot().into(),
            succeeded: has_succeeded.into(),
            failed: has_failed.into(),
        }
    }

    /// Returns the update after it was offered. A retry whose offer lapsed is offered as the same attempt.
    pub(super) fn offered(self) -> Self {
        let attempt = if self.stage == Stage::Lapsed { self.attempt } else { self.attempt.saturating_add(1) };
        Self { stage: Stage::Offered, attempt, ..self }
    }

    /// Returns the update after it was accepted, by a taker of `block` if it is the first attempt.
    pub(super) fn accepted(self, block: u32) -> Self {
        let accepted = Self { stage: Stage::Accepted, ..self };
        if !self.is_first() {
            return accepted;
        }
        Self { counted: Counted { taken: true, ..self.counted }, block, ..accepted }
    }

    /// Returns the update after it failed, in `stage`.
    pub(super) fn failed(self, stage: Stage) -> Self {
        let counted = Counted { failed: self.counted.failed || self.is_first(), ..self.counted };
        Self { stage, counted, ..self }
    }

    /// Returns the update after its success was proved. A first attempt that had only been silent did not fail.
    pub(super) fn succeeded(self) -> Self {
        let was_silent = self.stage == Stage::WatchedAfterTimeout;
        let counted = match self.stage {
            _ if !self.is_first() => self.counted,
            Stage::WatchedAfterFailure => self.counted,
            _ => Counted { succeeded: true, failed: self.counted.failed && !was_silent, ..self.counted },
        };
        Self { stage: Stage::Succeeded, counted, ..self }
    }

    /// Returns the update in `stage`, without a change of what it counts as.
    pub(super) fn moved(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}
