//! A rollout and an update as they are stored: with their times, and the history of the update.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    head::{Allowed, Head, RolloutState},
    job::{InstitutionCounts, Job, Stage},
    step::{JobEvent, JobInRollout, JobRefusal},
    window::Hours,
};

/// The most changes that an update keeps. The oldest go first.
pub const MAX_HISTORY: usize = 24;

/// The longest time of an offer, in minutes.
pub const OFFER_MINUTES: i64 = 15;
/// The longest time from a claim of success to a report of the version, in minutes.
pub const CLAIM_MINUTES: i64 = 15;

/// The longest times of the updates of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Durations {
    /// The minutes from the acceptance of an offer to the report of the version.
    pub install_minutes: u32,
    /// The minutes for which the circuit is watched after the report of the version.
    pub watch_minutes: u32,
}

impl Default for Durations {
    fn default() -> Self {
        Self { install_minutes: 60, watch_minutes: 30 }
    }
}

/// The head of a rollout, with the time from which its phase soaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeadRecord {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The time since which the rollout has run with a [proved phase](Head::phase_is_proved); none if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_at: Option<Timestamp>,
}

impl HeadRecord {
    /// Returns the record after the head became `head` at `now`.
    #[must_use]
    pub fn changed(&self, head: Head, now: Timestamp) -> Self {
        let soaks = head.state == RolloutState::Running && head.phase_is_proved();
        // A change that the phase survives starts no new soak time.
        let since = self.proved_at.filter(|_| self.head.phase == head.phase).unwrap_or(now);
        Self { head, proved_at: soaks.then_some(since) }
    }
}

/// A change of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The time.
    #[serde(with = "crate::stamp")]
    pub at: Timestamp,
    /// The new stage.
    pub stage: Stage,
    /// The attempt.
    pub attempt: u8,
}

/// An update with its deadline and its history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRecord {
    /// The update.
    pub job: Job,
    /// The time at which the stage ends by itself; none if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The last changes, the oldest first.
    pub history: Vec<Change>,
}

impl JobRecord {
    /// Returns whether the deadline of the stage has passed. It counts as passed for every reader from then on, whether or
    /// not somebody has ended the stage.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Returns whether a watch is over at `now`, and nobody has ended it: whether it ends well depends on the circuit.
    #[must_use]
    pub fn ends_watch(&self, now: Timestamp) -> bool {
        self.is_due(now) && self.job.stage.is_watched()
    }

    /// Returns the record after the update became `job` at `now`. An offer ends with `closes`, the end of the hours in which
    /// it may be made, if these end before.
    #[must_use]
    pub fn changed(&self, job: Job, now: Timestamp, durations: Durations, closes: Option<Timestamp>) -> Self {
        if (job.stage, job.attempt) == (self.job.stage, self.job.attempt) {
            return Self { job, ..self.clone() };
        }
        let after = |minutes: i64| now.checked_add(SignedDuration::from_mins(minutes)).ok();
        let until = match job.stage {
            Stage::Offered => [after(OFFER_MINUTES), closes].into_iter().flatten().min(),
            Stage::Accepted => after(durations.install_minutes.into()),
            // The install limit runs from the acceptance.
            Stage::Downloading | Stage::Installing => self.until,
            Stage::Claimed => after(CLAIM_MINUTES),
            stage if stage.is_watched() => after(durations.watch_minutes.into()),
            _ => None,
        };
        let change = Change { at: now, stage: job.stage, attempt: job.attempt };
        let kept = self.history.len().saturating_sub(MAX_HISTORY - 1);
        let history = self.history.iter().skip(kept).copied().chain([change]).collect();
        Self { job, until, history }
    }
}

/// What the time and the plan add to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The time.
    pub now: Timestamp,
    /// What the plan allows at once.
    pub allowed: Allowed,
    /// The longest times of the component's updates.
    pub durations: Durations,
    /// Whether the release is offered at that time.
    pub hours: Hours,
    /// Whether the circuit of the chatbot is open. It matters where a [watch ends](JobRecord::ends_watch): the event of its
    /// opening may come late.
    pub circuit_is_open: bool,
}

/// The three items of a step, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The rollout.
    pub rollout: HeadRecord,
    /// The update.
    pub record: JobRecord,
    /// The sums of the institution.
    pub institution: InstitutionCounts,
}

impl Stored {
    /// Returns the items of the time: if the deadline of the stage has passed, the stage has ended.
    #[must_use]
    pub fn at(self, circumstances: Circumstances) -> Self {
        if !self.record.is_due(circumstances.now) {
            return self;
        }
        let fails = self.record.ends_watch(circumstances.now) && circumstances.circuit_is_open;
        let event = if fails { JobEvent::CircuitOpened } else { JobEvent::DeadlinePassed };
        // A deadline is never refused.
        self.step(event, circumstances).unwrap_or(self)
    }

    /// Returns the items after `event`, and why it was refused if it was. A deadline that has passed comes first, whether or
    /// not the event is refused after it.
    #[must_use]
    pub fn after(self, event: JobEvent, circumstances: Circumstances) -> (Self, Option<JobRefusal>) {
        let ended = self.at(circumstances);
        let is_offer = matches!(event, JobEvent::Asked { .. }) && ended.record.job.stage != Stage::Offered;
        if is_offer && circumstances.hours == Hours::Closed {
            return (ended, Some(JobRefusal::OutOfHours));
        }
        match ended.step(event, circumstances) {
            Ok(after) => (after, None),
            Err(refusal) => (ended, Some(refusal)),
        }
    }

    fn step(&self, event: JobEvent, circumstances: Circumstances) -> Result<Self, JobRefusal> {
        let Self { rollout, ref record, institution } = *self;
        let Circumstances { now, allowed, durations, hours, .. } = circumstances;
        let closes = if let Hours::Open(closes) = hours { closes } else { None };
        let after = JobInRollout { head: rollout.head, job: record.job, institution }.after(event, allowed)?;
        let record = record.changed(after.job, now, durations, closes);
        Ok(Self { rollout: rollout.changed(after.head, now), record, institution: after.institution })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollouts::{
        head::{AT_RISK, ATTEMPTS},
        job::Progress,
    };

    const ALLOWED: Allowed = Allowed { at_once: 20, at_risk: AT_RISK, attempts: ATTEMPTS };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_824_000 + minute * 60).expect("a time")
    }

    fn circumstances(minute: i64) -> Circumstances {
        let durations = Durations::default();
        let hours = Hours::Open(None);
        Circumstances { now: at(minute), allowed: ALLOWED, durations, hours, circuit_is_open: false }
    }

    /// A rollout to one chatbot.
    struct One(Stored);

    impl One {
        fn new() -> Self {
            let (rollout, record) = (HeadRecord::default(), JobRecord::default());
            Self(Stored { rollout, record, institution: InstitutionCounts::default() })
        }

        fn step(&mut self, minute: i64, event: JobEvent) -> Result<Stage, JobRefusal> {
            self.step_in(event, circumstances(minute))
        }

        fn step_in(&mut self, event: JobEvent, circumstances: Circumstances) -> Result<Stage, JobRefusal> {
            let (after, refusal) = self.0.clone().after(event, circumstances);
            self.0 = after;
            refusal.map_or(Ok(self.0.record.job.stage), Err)
        }

        fn ask(&mut self, minute: i64) -> Result<Stage, JobRefusal> {
            self.step(minute, JobEvent::Asked { phase: 0, most: None })
        }

        fn report(&mut self, minute: i64, progress: Progress) -> Result<Stage, JobRefusal> {
            self.step(minute, JobEvent::Progressed { attempt: self.0.record.job.attempt, progress })
        }
    }

    #[test]
    fn offer_is_a_lease_that_ends_with_the_hours() {
        let job = Job { stage: Stage::Offered, attempt: 1, ..Job::default() };
        let until = |closes| JobRecord::default().changed(job, at(0), Durations::default(), closes).until;
        assert_eq!(until(None), Some(at(15)));
        assert_eq!(until(Some(at(4))), Some(at(4)));
        assert_eq!(until(Some(at(40))), Some(at(15)));
    }

    #[test]
    fn acceptance_after_the_lease_is_refused_before_anybody_swept() {
        let mut one = One::new();
        one.ask(0).expect("an offer");
        assert_eq!(one.report(15, Progress::Accepted), Err(JobRefusal::NoOffer));
        assert_eq!(one.ask(16), Ok(Stage::Offered), "it is offered again");
        assert_eq!(one.report(30, Progress::Accepted), Ok(Stage::Accepted));
    }

    #[test]
    fn install_limit_runs_from_the_acceptance() {
        let mut one = One::new();
        one.ask(0).expect("an offer");
        one.report(1, Progress::Accepted).expect("an acceptance");
        one.report(50, Progress::Installing).expect("a report");
        assert_eq!(one.0.record.until, Some(at(61)));
        assert!(!one.0.record.is_due(at(60)) && one.0.record.is_due(at(61)));
        assert_eq!(one.report(62, Progress::Succeeded), Ok(Stage::TimedOut));
        assert_eq!(one.0.rollout.head.counts.failed, 1);
        assert_eq!(one.step(70, JobEvent::RunsVersion), Ok(Stage::WatchedAfterTimeout));
        assert_eq!(one.step(100, JobEvent::CircuitOpened), Ok(Stage::Succeeded), "the watch was over");
    }

    #[test]
    fn nothing_is_offered_out_of_hours_and_what_was_offered_goes_on() {
        let mut one = One::new();
        let closed = |minute| Circumstances { hours: Hours::Closed, ..circumstances(minute) };
        let asked = JobEvent::Asked { phase: 0, most: None };
        assert_eq!(one.step_in(asked, closed(0)), Err(JobRefusal::OutOfHours));
        one.ask(1).expect("an offer");
        assert_eq!(one.step_in(asked, closed(2)), Ok(Stage::Offered));
        let accepted = JobEvent::Progressed { attempt: 1, progress: Progress::Accepted };
        assert_eq!(one.step_in(accepted, closed(3)), Ok(Stage::Accepted));
    }

    #[test]
    fn watch_fails_if_the_circuit_is_open_at_its_end_though_no_event_came() {
        let mut one = One::new();
        one.ask(0).expect("an offer");
        one.step(1, JobEvent::RunsVersion).expect("a report");
        let open = |minute| Circumstances { circuit_is_open: true, ..circumstances(minute) };
        assert_eq!(one.0.clone().at(open(30)).record.job.stage, Stage::Watched, "an open circuit fails by its event");
        let ended = one.0.at(open(31));
        assert_eq!((ended.record.job.stage, ended.rollout.head.counts.failed), (Stage::Failed, 1));
    }

    #[test]
    fn history_has_each_change_once_and_is_bounded() {
        let mut one = One::new();
        for round in 0..20 {
            one.ask(round * 20).expect("an offer");
            one.ask(round * 20 + 1).expect("the same offer");
        }
        assert_eq!(one.0.record.history.len(), MAX_HISTORY);
        assert!(
            one.0.record.history.iter().all(|change| change.stage == Stage::Offered || change.stage == Stage::Lapsed)
        );
    }
}
