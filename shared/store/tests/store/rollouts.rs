//! Rollouts: steps of updates that cross each other.

use std::{collections::BTreeMap, sync::Arc};

use centops_domain::{
    chatbots::Name,
    digest::Digest,
    notifications::Enrolment,
    rollouts::{
        ATTEMPTS, Allowed, Counts, Head, HeadRecord, InstitutionCounts, JobEvent, JobRefusal, Members, Phase,
        PhaseWaits, Plan, Progress, Rollout, RolloutId, RolloutState, Share, Stage, StopCause,
    },
};
use centops_store::{
    StoreError, Versioned,
    rollouts::{DueUpdate, RolloutError, UpdateOf, UpdateStep},
};
use futures::future::join_all;
use jiff::Timestamp;

use crate::support::{Table, after, chatbot, crossed_by, name, start};

/// Returns a rollout in two phases, each of all chatbots.
fn rollout() -> Rollout {
    let all = Phase { members: Members::Share(Share::ALL), most: None, needs_approval: false, soak_minutes: 10 };
    let plan = Plan {
        phases: vec![all.clone(), all],
        windows: vec![],
        allowed: Allowed { at_once: 20, at_risk: 4, attempts: ATTEMPTS },
    };
    Rollout {
        id: RolloutId::new(start(), &[1; 10]),
        component: name("ruuter"),
        version: "2.0.0".parse().expect("a version"),
        digest: plan.digest("2.0.0"),
        plan,
        durations: serde_json::from_str(r#"{"installMinutes":60,"watchMinutes":30}"#).expect("durations"),
        created_at: start(),
    }
}

const ASKED: JobEvent = JobEvent::Asked { phase: 0, most: None };
const FAILED: JobEvent = JobEvent::Failed { attempt: 1 };

fn progressed(progress: Progress) -> JobEvent {
    JobEvent::Progressed { attempt: 1, progress }
}

/// A rollout in a table. Each chatbot has an institution of its own, of the same number.
struct Rolling {
    table: Table,
    rollout: Rollout,
}

impl Rolling {
    async fn begin() -> Self {
        let (table, rollout) = (Table::new().await, rollout());
        table.store.create_rollout(&table.audit_context(start()), &rollout).await.expect("created");
        Self { table, rollout }
    }

    async fn step(&self, number: usize, event: JobEvent, now: Timestamp) -> UpdateStep {
        self.step_of(number, &institution(number), Some(event), now).await
    }

    async fn step_of(&self, number: usize, of: &Name, event: Option<JobEvent>, now: Timestamp) -> UpdateStep {
        let update = UpdateOf { rollout: &self.rollout, enrolment: &enrolment(number), institution: of };
        self.table.store.step_update(update, event, now).await.expect("a step")
    }

    async fn ask_all(&self, numbers: impl IntoIterator<Item = usize>, now: Timestamp) -> Vec<UpdateStep> {
        join_all(numbers.into_iter().map(|number| self.step(number, ASKED, now))).await
    }

    /// Lets the chatbots `numbers` take the release, one after the other.
    async fn take(&self, numbers: impl IntoIterator<Item = usize>, now: Timestamp) {
        for number in numbers {
            assert_eq!(self.step(number, ASKED, now).await.refusal, None);
            assert_eq!(self.step(number, progressed(Progress::Accepted), now).await.refusal, None);
        }
    }

    async fn head(&self) -> HeadRecord {
        self.table.store.rollout_head(self.rollout.id).await.expect("a head").value
    }

    /// Checks that the sums of the rollout and of the institutions are those of the updates.
    async fn assert_sums(&self) {
        let updates = self.table.store.updates_in(self.rollout.id).await.expect("updates");
        let counts: Counts = updates.iter().map(|(_, record)| record.job.counts()).sum();
        assert_eq!(self.head().await.head.counts, counts);
        let mut sums: BTreeMap<Name, Vec<InstitutionCounts>> = BTreeMap::new();
        for (enrolment, record) in &updates {
            let (institution, _) = self.table.store.update(self.rollout.id, enrolment).await.expect("an update");
            sums.entry(institution).or_default().push(record.job.institution_counts());
        }
        let sums = sums.into_iter().map(|(name, counts)| (name, counts.into_iter().sum()));
        let stored = self.table.store.rollout_institutions(self.rollout.id).await.expect("sums");
        assert_eq!(stored, sums.collect::<Vec<(Name, InstitutionCounts)>>());
    }
}

fn enrolment(number: usize) -> Enrolment {
    Enrolment { name: name(&format!("chatbot-{number:02}")), enrolled_at: start() }
}

fn institution(number: usize) -> Name {
    name(&format!("institution-{number:02}"))
}

fn offered(steps: &[UpdateStep]) -> usize {
    steps.iter().filter(|step| step.record.job.stage == Stage::Offered).count()
}

#[tokio::test]
async fn rollout_is_stored_once_with_its_audit_record() {
    let Rolling { table, rollout } = Rolling::begin().await;
    assert_eq!(table.store.rollout(rollout.id).await.expect("the rollout"), rollout);
    let again = table.store.create_rollout(&table.audit_context(after(1)), &rollout).await;
    assert!(matches!(again, Err(StoreError::Exists)), "{again:?}");
    assert_eq!(table.trail().await.len(), 1);
    let other = Rollout { id: RolloutId::new(after(1), &[1; 10]), ..rollout.clone() };
    table.store.create_rollout(&table.audit_context(after(1)), &other).await.expect("created");
    let page = table.store.rollouts(None, 1).await.expect("a page");
    assert_eq!((page.items, page.next), (vec![other.clone()], Some(other.id)));
    let page = table.store.rollouts(page.next, 1).await.expect("a page");
    assert_eq!((page.items, page.next), (vec![rollout], None));
}

#[tokio::test]
async fn of_twelve_that_ask_at_once_as_many_are_offered_it_as_may_be_at_risk() {
    let rolling = Rolling::begin().await;
    let steps = rolling.ask_all(0..12, start()).await;
    assert_eq!(offered(&steps), 4);
    assert!(steps.iter().all(|step| step.refusal.is_none() || step.refusal == Some(JobRefusal::NoSlot)));
    rolling.assert_sums().await;
}

#[tokio::test]
async fn failures_that_cross_the_line_at_once_are_all_counted_and_stop_it_once() {
    let rolling = Rolling::begin().await;
    rolling.take(0..4, start()).await;
    let steps = join_all((0..4).map(|number| rolling.step(number, FAILED, after(60)))).await;
    assert!(steps.iter().all(|step| step.refusal.is_none()));
    let head = rolling.head().await.head;
    assert_eq!((head.state, head.counts.failed), (RolloutState::Stopped(StopCause::Failures), 4));
    rolling.assert_sums().await;
}

#[tokio::test]
async fn nothing_is_offered_after_the_report_that_stops_it() {
    let rolling = Rolling::begin().await;
    rolling.take(0..3, start()).await;
    rolling.step(0, FAILED, after(60)).await;
    rolling.step(1, FAILED, after(60)).await;
    let asking = rolling.ask_all(10..50, after(61));
    let (steps, crossing) = tokio::join!(asking, rolling.step(2, FAILED, after(61)));
    assert!(matches!(crossing.head.head.state, RolloutState::Stopped(_)));
    for step in &steps {
        let is_offered = step.record.job.stage == Stage::Offered;
        assert!(!is_offered || step.head.head.state == RolloutState::Running, "{step:?}");
    }
    assert!(offered(&steps) <= 1, "one slot was left");
    assert_eq!(offered(&rolling.ask_all(50..60, after(62)).await), 0);
    rolling.assert_sums().await;
}

/// Takes a step of chatbot 0 between whose reads and writes `other` happens.
async fn crossed(rolling: &Rolling, event: JobEvent, other: impl Future<Output = ()> + Send + 'static) -> UpdateStep {
    let update = UpdateOf { rollout: &rolling.rollout, enrolment: &enrolment(0), institution: &institution(0) };
    crossed_by(&rolling.table, other).step_update(update, Some(event), after(20_000)).await.expect("a step")
}

/// Returns a stop of the rollout by an administrator.
fn stop(rolling: &Rolling) -> impl Future<Output = ()> + Send + 'static {
    let (store, id, audit) = (rolling.table.store.clone(), rolling.rollout.id, rolling.table.audit.clone());
    async move {
        let context = centops_table::audit_context(&audit, after(20_000));
        store.change_rollout(&context, id, None, |head| head.stop(StopCause::Administrator)).await.expect("stopped");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_between_the_reads_and_the_writes_of_an_offer_or_acceptance_comes_first() {
    let asked = Rolling::begin().await;
    assert_eq!(crossed(&asked, ASKED, stop(&asked)).await.refusal, Some(JobRefusal::Stopped));

    // The acceptance of a retry changes no sums.
    let retried = Rolling::begin().await;
    retried.take([0], start()).await;
    retried.step(0, FAILED, after(60)).await;
    retried.step(0, ASKED, after(20_000)).await;
    let accepted = JobEvent::Progressed { attempt: 2, progress: Progress::Accepted };
    assert_eq!(crossed(&retried, accepted, stop(&retried)).await.refusal, Some(JobRefusal::Stopped));

    for rolling in [asked, retried] {
        assert_eq!(rolling.head().await.head.state, RolloutState::Stopped(StopCause::Administrator));
        rolling.assert_sums().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failure_between_the_reads_and_the_writes_of_another_stops_it() {
    let rolling = Arc::new(Rolling::begin().await);
    rolling.take(0..3, start()).await;
    rolling.step(1, FAILED, after(60)).await;
    let other = Arc::clone(&rolling);
    let step = crossed(&rolling, FAILED, async move {
        let step = other.step(2, FAILED, after(20_000)).await;
        assert_eq!(step.head.head.state, RolloutState::Running);
    });
    assert_eq!(step.await.head.head.state, RolloutState::Stopped(StopCause::Failures));
    rolling.assert_sums().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failure_between_the_reads_and_the_writes_of_progress_is_kept() {
    let rolling = Arc::new(Rolling::begin().await);
    rolling.take([0], start()).await;
    let (other, at) = (Arc::clone(&rolling), after(60));
    let crossing = crossed_by(&rolling.table, async move {
        other.step(0, FAILED, at).await;
    });
    let update = UpdateOf { rollout: &rolling.rollout, enrolment: &enrolment(0), institution: &institution(0) };
    let step = crossing.step_update(update, Some(progressed(Progress::Downloading)), at).await.expect("a step");
    assert_eq!(step.record.job.stage, Stage::Failed);
    rolling.assert_sums().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offer_to_the_institution_between_the_reads_and_the_writes_of_the_end_of_a_watch_is_counted() {
    let rolling = Arc::new(Rolling::begin().await);
    let house = name("house");
    for number in 0..2 {
        rolling.table.online(enrolment(number).name.as_str(), start()).await;
    }
    for (number, event) in [(1, ASKED), (1, JobEvent::RunsVersion)] {
        rolling.step_of(number, &house, Some(event), start()).await;
    }
    rolling.step_of(1, &house, None, after(1_800)).await;
    for event in [ASKED, progressed(Progress::Accepted), FAILED, JobEvent::RunsVersion] {
        rolling.step_of(0, &house, Some(event), after(1_800)).await;
    }
    // The success after a failure changes the sums of the institution, and none of the rollout.
    let (other, of) = (Arc::clone(&rolling), house.clone());
    let crossing = crossed_by(&rolling.table, async move {
        assert_eq!(other.step_of(2, &of, Some(ASKED), after(3_600)).await.refusal, None);
    });
    let update = UpdateOf { rollout: &rolling.rollout, enrolment: &enrolment(0), institution: &house };
    let step = crossing.step_update(update, None, after(3_600)).await.expect("a step");
    assert_eq!(step.record.job.stage, Stage::Succeeded);
    rolling.assert_sums().await;
}

#[tokio::test]
async fn report_that_comes_three_times_is_counted_once() {
    let rolling = Rolling::begin().await;
    rolling.take([0], start()).await;
    join_all((0..3).map(|_| rolling.step(0, FAILED, after(60)))).await;
    assert_eq!(rolling.head().await.head.counts.failed, 1);
    let update = rolling.table.store.update(rolling.rollout.id, &enrolment(0)).await.expect("an update").1;
    let stages = update.history.iter().map(|change| change.stage).collect::<Vec<_>>();
    assert_eq!(stages, [Stage::Offered, Stage::Accepted, Stage::Failed]);
}

#[tokio::test]
async fn chatbots_of_one_institution_that_ask_at_once_are_offered_it_one_by_one() {
    let rolling = Rolling::begin().await;
    let house = name("house");
    let ask = |number| rolling.step_of(number, &house, Some(ASKED), start());
    let steps = join_all((0..6).map(ask)).await;
    assert_eq!(offered(&steps), 1);
    assert!(steps.iter().all(|step| matches!(step.refusal, None | Some(JobRefusal::InstitutionWaits))));
    rolling.assert_sums().await;
}

#[tokio::test]
async fn sums_stay_with_the_institution_of_the_first_offer() {
    let rolling = Rolling::begin().await;
    rolling.step_of(0, &name("former"), Some(ASKED), start()).await;
    rolling.step_of(0, &name("present"), Some(progressed(Progress::Accepted)), after(1)).await;
    let sums = rolling.table.store.rollout_institutions(rolling.rollout.id).await.expect("sums");
    assert_eq!(sums, [(name("former"), InstitutionCounts { in_flight: 1, succeeded: 0, failed: 0 })]);
    rolling.assert_sums().await;
}

#[tokio::test]
async fn update_is_due_at_its_deadline_and_no_longer_when_it_has_ended() {
    let rolling = Rolling::begin().await;
    rolling.step(0, ASKED, start()).await;
    let due = async |seconds| rolling.table.store.due_updates(after(seconds), 10).await.expect("due");
    assert_eq!(due(899).await, []);
    assert_eq!(due(900).await, [DueUpdate { rollout: rolling.rollout.id, enrolment: enrolment(0) }]);
    let early = rolling.step_of(0, &institution(0), None, after(899)).await;
    assert_eq!(early.record.job.stage, Stage::Offered);
    let ended = rolling.step_of(0, &institution(0), None, after(900)).await;
    assert_eq!((ended.record.job.stage, ended.head.head.counts.in_flight), (Stage::Lapsed, 0));
    assert_eq!(due(900).await, []);
    rolling.assert_sums().await;
}

#[tokio::test]
async fn watch_ends_well_only_if_the_circuit_is_closed() {
    let rolling = Rolling::begin().await;
    let table = &rolling.table;
    let works = table.online(enrolment(0).name.as_str(), start()).await;
    let context = table.audit_context(start());
    // It was never probed, so it is not Online.
    table.store.create_chatbot(&context, chatbot(enrolment(1).name.as_str(), start())).await.expect("created");
    rolling.take(0..3, start()).await;
    for number in 0..3 {
        rolling.step(number, JobEvent::RunsVersion, after(600)).await;
    }
    let end = async |number| {
        let ended = rolling.step_of(number, &institution(number), None, after(600 + 1_800)).await;
        ended.record.job.stage
    };
    assert_eq!(end(0).await, Stage::Succeeded, "{works}");
    assert_eq!(end(1).await, Stage::Failed);
    assert_eq!(end(2).await, Stage::Failed, "it is not enrolled");
    rolling.assert_sums().await;
}

#[tokio::test]
async fn next_phase_begins_once_after_the_soak_time() {
    let rolling = Rolling::begin().await;
    rolling.table.online(enrolment(0).name.as_str(), start()).await;
    let next = |seconds| rolling.table.store.begin_next_phase(&rolling.rollout, after(seconds));
    assert!(matches!(next(0).await, Err(RolloutError::Waits(PhaseWaits::Unproved))));
    rolling.take([0], start()).await;
    rolling.step(0, JobEvent::RunsVersion, after(60)).await;
    rolling.step_of(0, &institution(0), None, after(1_860)).await;
    assert!(matches!(next(1_860 + 599).await, Err(RolloutError::Waits(PhaseWaits::Soaks))));
    let begun = join_all((0..5).map(|_| next(1_860 + 600))).await;
    assert_eq!(begun.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(rolling.head().await.head.phase, 1);
}

#[tokio::test]
async fn requested_changes_are_recorded_and_need_the_version_that_was_read() {
    let rolling = Rolling::begin().await;
    let (table, id) = (&rolling.table, rolling.rollout.id);
    let read = table.store.rollout_head(id).await.expect("a head");
    let change = async |seconds, expected: Option<i64>, change: fn(&mut Head)| {
        table.store.change_rollout(&table.audit_context(after(seconds)), id, expected, change).await
    };
    let Versioned { value, version } = change(1, Some(read.version), Head::pause).await.expect("paused");
    assert_eq!(value.head.state, RolloutState::Paused);
    assert_eq!(rolling.step(0, ASKED, after(2)).await.refusal, Some(JobRefusal::Paused));
    assert!(matches!(change(3, Some(read.version), Head::resume).await, Err(StoreError::Changed)));
    let approved = change(4, None, |head| head.approve(Digest::of(b"another plan"))).await.expect("approved");
    assert_eq!(approved.version, version + 1);
    assert_eq!(table.trail().await.len(), 3, "the creation, the pause and the approval");
}
