use super::*;
use crate::rollouts::{
    head::{AT_RISK, ATTEMPTS, Counts, StopCause},
    job::Counted,
};

const ALLOWED: Allowed = Allowed { at_once: 500, at_risk: AT_RISK, attempts: ATTEMPTS };

/// Chatbots of one rollout, each with the number of its institution.
struct Rollout {
    head: Head,
    jobs: Vec<(Job, usize)>,
    institutions: Vec<InstitutionCounts>,
}

impl Rollout {
    /// Returns a rollout to `count` chatbots of as many institutions.
    fn new(count: usize) -> Self {
        let jobs = (0..count).map(|number| (Job::default(), number)).collect();
        Self { head: Head::default(), jobs, institutions: vec![InstitutionCounts::default(); count] }
    }

    fn step(&mut self, number: usize, event: JobEvent) -> Result<Stage, JobRefusal> {
        let (job, institution) = self.jobs[number];
        let update = JobInRollout { head: self.head, job, institution: self.institutions[institution] };
        let after = update.after(event, ALLOWED)?;
        (self.head, self.jobs[number].0, self.institutions[institution]) = (after.head, after.job, after.institution);
        Ok(after.job.stage)
    }

    fn ask(&mut self, number: usize) -> Result<Stage, JobRefusal> {
        self.step(number, JobEvent::Asked { phase: 0, most: None })
    }

    fn report(&mut self, number: usize, progress: Progress) -> Result<Stage, JobRefusal> {
        self.step(number, JobEvent::Progressed { attempt: self.jobs[number].0.attempt, progress })
    }

    /// Offers the release to a chatbot, which accepts.
    fn take(&mut self, number: usize) {
        assert_eq!(self.ask(number), Ok(Stage::Offered));
        assert_eq!(self.report(number, Progress::Accepted), Ok(Stage::Accepted));
    }

    /// Lets a chatbot take the release, and proves its success.
    fn succeed(&mut self, number: usize) {
        self.take(number);
        assert_eq!(self.step(number, JobEvent::RunsVersion), Ok(Stage::Watched));
        assert_eq!(self.step(number, JobEvent::DeadlinePassed), Ok(Stage::Succeeded));
    }

    fn fail(&mut self, number: usize) {
        let attempt = self.jobs[number].0.attempt;
        assert_eq!(self.step(number, JobEvent::Failed { attempt }), Ok(Stage::Failed));
    }

    fn state(&self) -> RolloutState {
        self.head.state
    }
}

const STOPPED: RolloutState = RolloutState::Stopped(StopCause::Failures);

#[test]
fn release_that_breaks_all_is_stopped_by_its_third_failure() {
    let mut rollout = Rollout::new(10);
    (0..4).for_each(|number| rollout.take(number));
    assert_eq!(rollout.ask(4), Err(JobRefusal::NoSlot));
    rollout.fail(0);
    rollout.fail(1);
    assert_eq!((rollout.state(), rollout.ask(4)), (RolloutState::Running, Err(JobRefusal::NoSlot)));
    rollout.fail(2);
    assert_eq!((rollout.state(), rollout.ask(4)), (STOPPED, Err(JobRefusal::Stopped)));
    rollout.fail(3);
    assert_eq!(rollout.head.counts, Counts { taken: 4, failed: 4, ..Counts::default() });
}

#[test]
fn failure_counts_once_however_often_it_is_reported() {
    let mut rollout = Rollout::new(1);
    rollout.take(0);
    (0..3).for_each(|_| rollout.fail(0));
    assert_eq!(rollout.report(0, Progress::Installing), Ok(Stage::Failed));
    assert_eq!(rollout.head.counts, Counts { taken: 1, failed: 1, ..Counts::default() });
}

#[test]
fn silent_takers_hold_their_slots_until_the_third_times_out() {
    let mut rollout = Rollout::new(12);
    (0..4).for_each(|number| rollout.take(number));
    for number in 4..12 {
        assert_eq!(rollout.ask(number), Err(JobRefusal::NoSlot));
    }
    for number in 0..3 {
        assert_eq!(rollout.state(), RolloutState::Running);
        assert_eq!(rollout.step(number, JobEvent::DeadlinePassed), Ok(Stage::TimedOut));
    }
    assert_eq!(rollout.state(), STOPPED);
}

#[test]
fn timed_out_update_that_is_proved_later_is_a_success_and_a_stop_stays() {
    let mut rollout = Rollout::new(3);
    for number in 0..3 {
        rollout.take(number);
        assert_eq!(rollout.step(number, JobEvent::DeadlinePassed), Ok(Stage::TimedOut));
    }
    assert_eq!(rollout.step(0, JobEvent::RunsVersion), Ok(Stage::WatchedAfterTimeout));
    assert_eq!(rollout.head.counts.failed, 3, "it is not proved before the watch is over");
    assert_eq!(rollout.step(0, JobEvent::DeadlinePassed), Ok(Stage::Succeeded));
    assert_eq!(rollout.head.counts, Counts { taken: 3, succeeded: 1, failed: 2, ..Counts::default() });
    assert_eq!(rollout.state(), STOPPED);
}

#[test]
fn claim_without_the_version_fails() {
    let mut rollout = Rollout::new(1);
    rollout.take(0);
    assert_eq!(rollout.report(0, Progress::Succeeded), Ok(Stage::Claimed));
    assert_eq!(rollout.head.counts.in_flight, 1, "a claim gives no slot back");
    assert_eq!(rollout.step(0, JobEvent::DeadlinePassed), Ok(Stage::Failed));
    assert_eq!(rollout.head.counts, Counts { taken: 1, failed: 1, ..Counts::default() });
}

#[test]
fn version_proves_success_if_every_report_was_lost() {
    let mut rollout = Rollout::new(1);
    rollout.ask(0).expect("an offer");
    assert_eq!(rollout.step(0, JobEvent::RunsVersion), Ok(Stage::Watched));
    assert_eq!(rollout.step(0, JobEvent::DeadlinePassed), Ok(Stage::Succeeded));
    assert_eq!(rollout.head.counts, Counts { taken: 1, succeeded: 1, ..Counts::default() });
}

#[test]
fn circuit_that_opens_in_the_watch_is_a_failure_and_later_none() {
    let mut rollout = Rollout::new(2);
    rollout.take(0);
    rollout.step(0, JobEvent::RunsVersion).expect("a report");
    assert_eq!(rollout.step(0, JobEvent::CircuitOpened), Ok(Stage::Failed));
    rollout.succeed(1);
    assert_eq!(rollout.step(1, JobEvent::CircuitOpened), Ok(Stage::Succeeded));
    assert_eq!(rollout.head.counts, Counts { taken: 2, succeeded: 1, failed: 1, ..Counts::default() });
}

#[test]
fn lapsed_offer_is_not_accepted_and_can_be_made_again() {
    let mut rollout = Rollout::new(1);
    rollout.ask(0).expect("an offer");
    assert_eq!(rollout.step(0, JobEvent::DeadlinePassed), Ok(Stage::Lapsed));
    assert_eq!(rollout.report(0, Progress::Accepted), Err(JobRefusal::NoOffer));
    assert_eq!(rollout.head.counts, Counts::default(), "nobody is to blame");
    rollout.take(0);
    assert_eq!(rollout.jobs[0].0.attempt, 1);
}

#[test]
fn pause_refuses_acceptances_and_lets_installations_end() {
    let mut rollout = Rollout::new(2);
    rollout.take(0);
    rollout.ask(1).expect("an offer");
    rollout.head.pause();
    assert_eq!(rollout.report(1, Progress::Accepted), Err(JobRefusal::Paused));
    assert_eq!(rollout.ask(1), Err(JobRefusal::Paused));
    assert_eq!(rollout.report(0, Progress::Installing), Ok(Stage::Installing));
    rollout.step(0, JobEvent::RunsVersion).expect("a report");
    assert_eq!(rollout.step(0, JobEvent::DeadlinePassed), Ok(Stage::Succeeded));
    assert_eq!(rollout.head.counts.succeeded, 1);
}

#[test]
fn removed_chatbots_stay_in_the_counts() {
    let mut rollout = Rollout::new(3);
    rollout.succeed(0);
    rollout.take(1);
    rollout.ask(2).expect("an offer");
    for (number, stage) in [(0, Stage::Succeeded), (1, Stage::TimedOut), (2, Stage::Lapsed)] {
        assert_eq!(rollout.step(number, JobEvent::Removed), Ok(stage));
    }
    assert_eq!(rollout.head.counts, Counts { taken: 2, succeeded: 1, failed: 1, ..Counts::default() });
}

#[test]
fn phase_without_a_success_does_not_pass() {
    let mut rollout = Rollout::new(2);
    assert!(!rollout.head.begin_next_phase(None), "nobody has taken it");
    rollout.take(0);
    assert!(!rollout.head.begin_next_phase(None), "one is in flight");
    rollout.fail(0);
    assert!(!rollout.head.begin_next_phase(None), "nobody has succeeded");
    rollout.succeed(1);
    rollout.head.pause();
    assert!(!rollout.head.begin_next_phase(None), "it is paused");
    rollout.head.resume();
    assert!(rollout.head.begin_next_phase(None));
    assert!(!rollout.head.begin_next_phase(None), "nobody has succeeded in the new phase");
}

#[test]
fn chatbot_of_an_earlier_phase_is_offered_the_release_later_too() {
    let mut rollout = Rollout::new(3);
    rollout.succeed(0);
    assert_eq!(rollout.step(1, JobEvent::Asked { phase: 1, most: None }), Err(JobRefusal::NotYet));
    assert!(rollout.head.begin_next_phase(None));
    for (number, phase) in [(1, 0), (2, 1)] {
        assert_eq!(rollout.step(number, JobEvent::Asked { phase, most: None }), Ok(Stage::Offered));
    }
}

#[test]
fn phase_with_a_most_gives_no_more_first_offers() {
    let mut rollout = Rollout::new(4);
    let asked = JobEvent::Asked { phase: 0, most: Some(2) };
    rollout.take(0);
    assert_eq!(rollout.step(1, asked), Ok(Stage::Offered));
    assert_eq!(rollout.step(2, asked), Err(JobRefusal::NoSlot));
    rollout.step(1, JobEvent::DeadlinePassed).expect("a lapse");
    assert_eq!(rollout.step(2, asked), Ok(Stage::Offered));
    rollout.fail(0);
    assert_eq!(rollout.step(0, asked), Ok(Stage::Offered), "a retry is no further taker");
}

#[test]
fn institution_that_fails_counts_once_and_waits_for_a_proved_retry() {
    let mut rollout = Rollout::new(10);
    rollout.jobs.iter_mut().for_each(|(_, institution)| *institution = 0);
    rollout.take(0);
    assert_eq!(rollout.ask(1), Err(JobRefusal::InstitutionWaits));
    rollout.fail(0);
    for number in 1..10 {
        assert_eq!(rollout.ask(number), Err(JobRefusal::InstitutionWaits));
    }
    rollout.ask(0).expect("a retry");
    assert_eq!(rollout.step(0, JobEvent::DeadlinePassed), Ok(Stage::Lapsed));
    assert_eq!(rollout.ask(1), Err(JobRefusal::InstitutionWaits), "a retry that lapses proves nothing");
    rollout.succeed(0);
    assert_eq!(rollout.head.counts, Counts { taken: 1, failed: 1, ..Counts::default() }, "a retry counts for nothing");
    (1..4).for_each(|number| rollout.take(number));
    assert_eq!(rollout.ask(4), Err(JobRefusal::NoSlot));
}

#[test]
fn chatbot_has_three_attempts() {
    let mut rollout = Rollout::new(1);
    for attempt in 1..=3 {
        rollout.take(0);
        rollout.fail(0);
        assert_eq!(rollout.jobs[0].0.attempt, attempt);
    }
    assert_eq!(rollout.ask(0), Err(JobRefusal::Had));
    assert_eq!(rollout.head.counts, Counts { taken: 1, failed: 1, ..Counts::default() });
}

#[test]
fn report_of_another_attempt_is_refused() {
    let mut rollout = Rollout::new(1);
    rollout.take(0);
    rollout.fail(0);
    rollout.take(0);
    assert_eq!(rollout.step(0, JobEvent::Failed { attempt: 1 }), Err(JobRefusal::OtherAttempt));
    let progress = Progress::Installing;
    assert_eq!(rollout.step(0, JobEvent::Progressed { attempt: 3, progress }), Err(JobRefusal::OtherAttempt));
}

#[test]
fn late_reports_do_not_move_an_update_back() {
    let mut rollout = Rollout::new(1);
    rollout.take(0);
    assert_eq!(rollout.report(0, Progress::Installing), Ok(Stage::Installing), "stages may be skipped");
    for late in [Progress::Accepted, Progress::Downloading] {
        assert_eq!(rollout.report(0, late), Ok(Stage::Installing));
    }
}

#[test]
fn going_back_after_a_success_is_a_failure_unless_it_was_told_to() {
    let mut rollout = Rollout::new(2);
    rollout.succeed(0);
    rollout.succeed(1);
    assert_eq!(rollout.step(0, JobEvent::RunsOlder), Ok(Stage::RolledBack));
    assert_eq!(rollout.jobs[0].0.counted, Counted { taken: true, succeeded: true, failed: true });
    assert_eq!(rollout.step(1, JobEvent::RolledBack), Ok(Stage::RolledBack));
    assert_eq!(rollout.head.counts, Counts { taken: 2, succeeded: 2, failed: 1, ..Counts::default() });
}

#[test]
fn superseded_update_gives_its_slot_back_unless_it_is_being_installed() {
    let mut rollout = Rollout::new(3);
    (0..2).for_each(|number| rollout.take(number));
    rollout.ask(2).expect("an offer");
    rollout.report(1, Progress::Installing).expect("a report");
    rollout.head.stop(StopCause::Withdrawn);
    for (number, stage) in [(0, Stage::Superseded), (1, Stage::Installing), (2, Stage::Superseded)] {
        assert_eq!(rollout.step(number, JobEvent::Superseded), Ok(stage));
    }
    assert_eq!(rollout.report(0, Progress::Installing), Err(JobRefusal::Stopped));
    assert_eq!(rollout.head.counts, Counts { in_flight: 1, taken: 2, ..Counts::default() });
}

#[test]
fn more_may_be_at_risk_with_each_eight_successes() {
    let mut rollout = Rollout::new(40);
    (0..8).for_each(|number| rollout.succeed(number));
    (8..13).for_each(|number| rollout.take(number));
    assert_eq!(rollout.ask(13), Err(JobRefusal::NoSlot));
}

#[test]
fn release_that_turns_bad_is_found_within_a_block() {
    let mut rollout = Rollout::new(5_100);
    (0..5_000).for_each(|number| rollout.succeed(number));
    for number in 5_000..5_100 {
        if rollout.state() != RolloutState::Running {
            break;
        }
        rollout.take(number);
        rollout.fail(number);
    }
    assert_eq!(rollout.state(), RolloutState::Stopped(StopCause::FailuresInBlock));
    let failed = rollout.head.counts.failed;
    assert!(failed <= 10, "{failed}");
}
