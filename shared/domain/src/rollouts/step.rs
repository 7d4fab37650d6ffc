//! The steps of one update: pure, and the same in the store, in the search over all interleavings, and in simulated
//! networks.

use std::iter::Sum;

use super::{
    head::{Allowed, Head, RolloutState, added, replaced},
    job::{InstitutionCounts, Job, Progress, Stage},
};

impl InstitutionCounts {
    fn parts(self) -> [u32; 3] {
        [self.in_flight, self.succeeded, self.failed]
    }

    fn of_parts([in_flight, succeeded, failed]: [u32; 3]) -> Self {
        Self { in_flight, succeeded, failed }
    }

    /// Replaces the summand `before` by `after`.
    fn replace(&mut self, before: Self, after: Self) {
        *self = Self::of_parts(replaced(self.parts(), before.parts(), after.parts()));
    }

    /// Returns whether a chatbot of the institution may be offered the release: until one has succeeded there is one at a
    /// time, and none after a failure. So the chatbots of an institution that fail together count once.
    fn allows_first(self) -> bool {
        self.succeeded > 0 || (self.in_flight == 0 && self.failed == 0)
    }

    /// Like [`Self::allows_first`], for a further attempt of one that failed.
    fn allows_retry(self) -> bool {
        self.succeeded > 0 || self.in_flight == 0
    }
}

impl Sum for InstitutionCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        Self::of_parts(added(counts.map(Self::parts)))
    }
}

/// A job with the sums that it depends on, and changes. The store reads all three, and writes them in one transaction on
/// the condition that none has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobInRollout {
    /// The head of the rollout.
    pub head: Head,
    /// The update of the chatbot.
    pub job: Job,
    /// The sums of the chatbot's institution.
    pub institution: InstitutionCounts,
}

/// What happens to an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEvent {
    /// The chatbot asks for updates. `phase` is the first phase that includes it; `most` is the most takers of the current
    /// phase.
    Asked {
        /// The first phase that includes the chatbot.
        phase: u8,
        /// The most takers of the current phase, if it has a limit.
        most: Option<u32>,
    },
    /// The chatbot reports how far it is.
    Progressed {
        /// The attempt that it reports of.
        attempt: u8,
        /// How far it is.
        progress: Progress,
    },
    /// The chatbot reports that the update failed.
    Failed {
        /// The attempt that it reports of.
        attempt: u8,
    },
    /// The chatbot reports that it runs the version.
    RunsVersion,
    /// The chatbot reports that it runs an older version.
    RunsOlder,
    /// The circuit of the chatbot opened.
    CircuitOpened,
    /// The deadline of the stage passed.
    DeadlinePassed,
    /// The rollout stopped, or there is a newer version.
    Superseded,
    /// The chatbot went back because it was told to.
    RolledBack,
    /// The chatbot was removed.
    Removed,
}

impl JobEvent {
    /// Returns whether the event is refused unless the rollout runs. An acceptance is, also where it changes none of the sums.
    #[must_use]
    pub fn needs_running(self) -> bool {
        matches!(self, Self::Asked { .. } | Self::Progressed { progress: Progress::Accepted, .. })
    }
}

/// Why an event changes nothing, and is an error of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobRefusal {
    /// The rollout is paused.
    #[error("the rollout is paused")]
    Paused,
    /// The rollout has stopped.
    #[error("the rollout has stopped")]
    Stopped,
    /// No phase so far includes the chatbot.
    #[error("the rollout has not reached the chatbot")]
    NotYet,
    /// As many as the plan allows are in flight, at risk, or in the phase.
    #[error("as many chatbots as allowed are updating")]
    NoSlot,
    /// A chatbot of the institution is updating, or has failed.
    #[error("another chatbot of the institution is first")]
    InstitutionWaits,
    /// The plan offers nothing at this hour.
    #[error("the release is not offered at this hour")]
    OutOfHours,
    /// The chatbot has or had the update.
    #[error("the chatbot has had the update")]
    Had,
    /// The report is of an attempt that is not the current one.
    #[error("the report is of another attempt")]
    OtherAttempt,
    /// The chatbot has no offer, or none that can be accepted any more.
    #[error("there is no offer")]
    NoOffer,
}

impl JobInRollout {
    /// Returns the three after `event`. What has happened before, or is out of date, changes nothing.
    ///
    /// # Errors
    /// A [`JobRefusal`] if nothing may be offered, or the report cannot be of this update.
    pub fn after(self, event: JobEvent, allowed: Allowed) -> Result<Self, JobRefusal> {
        let job = self.job;
        let job = match event {
            JobEvent::Asked { phase, most } => self.offer(phase, most, allowed)?,
            JobEvent::Progressed { attempt, progress } => self.progress(attempt, progress)?,
            JobEvent::Failed { attempt } => self.failure(attempt)?,
            JobEvent::RunsVersion => self.proof(),
            JobEvent::RunsOlder | JobEvent::CircuitOpened if job.stage == Stage::Watched => job.failed(Stage::Failed),
            JobEvent::RunsOlder | JobEvent::CircuitOpened if job.stage.is_watched() => job.moved(Stage::Failed),
            JobEvent::RunsOlder if job.stage == Stage::Succeeded => job.failed(Stage::RolledBack),
            JobEvent::RolledBack if job.stage == Stage::Succeeded => job.moved(Stage::RolledBack),
            JobEvent::RunsOlder | JobEvent::CircuitOpened | JobEvent::RolledBack => job,
            JobEvent::DeadlinePassed => ended(job),
            JobEvent::Superseded => superseded(job),
            JobEvent::Removed => removed(job),
        };
        Ok(self.with(job, allowed))
    }

    /// Returns this with `job`, and the sums with it.
    fn with(mut self, job: Job, allowed: Allowed) -> Self {
        self.head.replace(self.job.counts(), job.counts(), job.block, allowed);
        self.institution.replace(self.job.institution_counts(), job.institution_counts());
        Self { job, ..self }
    }

    fn must_run(&self) -> Result<(), JobRefusal> {
        match self.head.state {
            RolloutState::Running => Ok(()),
            RolloutState::Paused => Err(JobRefusal::Paused),
            RolloutState::Stopped(_) => Err(JobRefusal::Stopped),
        }
    }

    fn offer(&self, phase: u8, most: Option<u32>, allowed: Allowed) -> Result<Job, JobRefusal> {
        let (head, job) = (&self.head, self.job);
        self.must_run()?;
        if job.stage == Stage::Offered {
            return Ok(job);
        }
        let is_first = job.awaits_first_offer();
        if !is_first && !job.awaits_retry(allowed.attempts) {
            return Err(JobRefusal::Had);
        }
        if phase > head.phase {
            return Err(JobRefusal::NotYet);
        }
        let is_full = is_first && most.is_some_and(|most| head.given_in_phase() >= most);
        if is_full || head.counts.in_flight >= allowed.at_once || !head.may_risk_more(allowed) {
            return Err(JobRefusal::NoSlot);
        }
        let is_next = if is_first { self.institution.allows_first() } else { self.institution.allows_retry() };
        if is_next { Ok(job.offered()) } else { Err(JobRefusal::InstitutionWaits) }
    }

    fn progress(&self, attempt: u8, progress: Progress) -> Result<Job, JobRefusal> {
        self.must_be(attempt)?;
        match self.job.stage {
            Stage::Offered if progress == Progress::Accepted => {
                self.must_run()?;
                Ok(self.job.accepted(self.head.next_block()))
            }
            Stage::Waiting | Stage::Offered | Stage::Lapsed => Err(JobRefusal::NoOffer),
            Stage::Superseded => Err(JobRefusal::Stopped),
            stage => Ok(self.job.moved(stage.after(progress))),
        }
    }

    fn must_be(&self, attempt: u8) -> Result<(), JobRefusal> {
        if attempt == self.job.attempt { Ok(()) } else { Err(JobRefusal::OtherAttempt) }
    }

    fn failure(&self, attempt: u8) -> Result<Job, JobRefusal> {
        self.must_be(attempt)?;
        match self.job.stage {
            Stage::Waiting | Stage::Offered | Stage::Lapsed => Err(JobRefusal::NoOffer),
            stage if stage.is_underway() => Ok(self.job.failed(Stage::Failed)),
            // It was silent, and says now why. The failure is counted.
            Stage::TimedOut => Ok(self.job.moved(Stage::Failed)),
            _ => Ok(self.job),
        }
    }

    /// Returns the update of a chatbot that runs the version. If every report about it was lost, it has accepted, too.
    fn proof(&self) -> Job {
        match self.job.stage {
            Stage::Offered => self.job.accepted(self.head.next_block()).moved(Stage::Watched),
            Stage::TimedOut => self.job.moved(Stage::WatchedAfterTimeout),
            Stage::Failed => self.job.moved(Stage::WatchedAfterFailure),
            stage if stage.is_underway() => self.job.moved(Stage::Watched),
            _ => self.job,
        }
    }
}

/// Returns the update after the deadline of its stage.
fn ended(job: Job) -> Job {
    match job.stage {
        Stage::Offered => job.moved(Stage::Lapsed),
        Stage::Accepted | Stage::Downloading | Stage::Installing => job.failed(Stage::TimedOut),
        Stage::Claimed => job.failed(Stage::Failed),
        Stage::Watched | Stage::WatchedAfterTimeout | Stage::WatchedAfterFailure => job.succeeded(),
        _ => job,
    }
}

/// Returns the update after it was cancelled. What a chatbot installs goes on.
fn superseded(job: Job) -> Job {
    match job.stage {
        Stage::Offered | Stage::Accepted | Stage::Downloading => job.moved(Stage::Superseded),
        _ => job,
    }
}

/// Returns the update after its chatbot was removed. What it had taken counts as a failure.
fn removed(job: Job) -> Job {
    match job.stage {
        Stage::Offered => job.moved(Stage::Lapsed),
        stage if stage.is_underway() => job.failed(Stage::TimedOut),
        Stage::WatchedAfterTimeout | Stage::WatchedAfterFailure => job.moved(Stage::TimedOut),
        _ => job,
    }
}

#[cfg(test)]
mod tests;
