//! A crash after each step, two functions at once, and messages that come twice: each report is mailed once.

use centops_domain::{
    notifications::Subscription,
    reports::{Due, ReportKind, due, message_id},
};
use centops_table::{Table, crash::abandoned_after};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    sending::{Inbox, Queue, deliver_at, sender},
    table::{hours, subscribe, table},
};
use crate::{schedule_reports::ScheduleReports, send_reports::Sent};

/// No run takes as many steps.
const MOST_STEPS: usize = 300;

/// A report that becomes due between two runs of the schedule.
struct Case {
    table: Table,
    /// The time of the run before.
    before: Timestamp,
    now: Timestamp,
    due: Due,
    subscription: Subscription,
}

impl Case {
    async fn new(kind: ReportKind) -> Self {
        let table = table().await;
        let (institution, before, now) = match kind {
            ReportKind::Weekly => (Some("tax-board"), hours(0), hours(26)),
            // The first of December, after the reports of the Monday before.
            ReportKind::Monthly => (None, hours(24 * 15), hours(24 * 17)),
        };
        let subscription = subscribe(&table, "a@example.ee", institution, json!({})).await;
        let [due] = due(&subscription, before, now)[..] else { panic!("one report") };
        assert_eq!(due.kind, kind);
        Self { table, before, now, due, subscription }
    }

    fn schedule(&self, queue: &Queue) -> ScheduleReports {
        ScheduleReports { store: self.table.store.clone(), reports: queue.client() }
    }
}

/// The schedule crashes after `steps`; then two run at once. Returns false if the first has fewer steps.
async fn handed_out(kind: ReportKind, steps: usize) -> bool {
    let (case, queue) = (Case::new(kind).await, Queue::default());
    case.table.store.put_reports_handed_out_until(case.before).await.expect("stored");
    let first = case.schedule(&queue);
    let crashed = abandoned_after(Some(steps), Box::pin(first.hand_out(case.now))).await.is_none();
    let (one, other) = (case.schedule(&queue), case.schedule(&queue));
    let (one, other) = tokio::join!(one.hand_out(case.now), other.hand_out(case.now));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(queue.taken(), [case.due], "{kind:?} {steps}");
    let next = first.hand_out(case.now + SignedDuration::from_mins(5)).await.expect("the next run");
    assert_eq!((next, queue.taken()), (0, vec![]), "{kind:?} {steps}");
    crashed
}

/// The function that makes the report crashes after `steps`; then two get its message at once, and one gets it again after
/// it was mailed. Returns false if the first has fewer steps.
async fn mailed(kind: ReportKind, steps: usize) -> bool {
    let (case, queue, inbox) = (Case::new(kind).await, Queue::default(), Inbox::default());
    let sender = sender(&case.table, &queue);
    let crashed = abandoned_after(Some(steps), Box::pin(sender.send(&case.due, case.now))).await.is_none();
    let (one, other) = tokio::join!(sender.send(&case.due, case.now), sender.send(&case.due, case.now));
    for sent in [one.expect("made"), other.expect("made")] {
        assert!(matches!(sent, Sent::Opened | Sent::Before), "{kind:?} {steps}: {sent:?}");
    }
    for _ in 0..2 {
        deliver_at(&case.table, &inbox, &case.subscription, || hours(24 * 18)).await;
        assert_eq!(sender.send(&case.due, case.now).await.expect("again"), Sent::Before);
    }
    let ids: Vec<_> = inbox.taken().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [message_id(&case.due).to_string()], "{kind:?} {steps}");
    assert_eq!(queue.taken(), []);
    crashed
}

/// Runs `case` with one step more each time, until it has fewer steps. Returns their number.
fn steps(case: impl AsyncFn(usize) -> bool) -> usize {
    let crashed = |steps: &usize| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(Box::pin(case(*steps)))
    };
    (0..MOST_STEPS).take_while(crashed).count()
}

#[test]
fn report_is_handed_out_whatever_the_step_after_which_the_schedule_crashes() {
    for kind in [ReportKind::Weekly, ReportKind::Monthly] {
        let steps = steps(async |steps| handed_out(kind, steps).await);
        assert!((5..MOST_STEPS).contains(&steps), "a run has another number of steps: {steps}");
    }
}

#[test]
fn report_is_mailed_once_whatever_the_step_after_which_its_function_crashes() {
    for kind in [ReportKind::Weekly, ReportKind::Monthly] {
        let steps = steps(async |steps| Box::pin(mailed(kind, steps)).await);
        assert!((10..MOST_STEPS).contains(&steps), "a report has another number of steps: {steps}");
    }
}
