//! The functions `schedule-reports` and `send-reports`, and the delivery of what they make.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use centops_delivery::{Delivery, NotificationSecret, Status, TopicError};
use centops_domain::{
    notifications::{Importance, Language, Links, Mail, Outcome, Subscription},
    reports::{Due, ReportKind, message_id},
};
use centops_queues::WorkQueue;
use centops_store::{
    audit::Audit,
    notifications::{Message, MessageState, StoredSubscription},
};
use centops_table::Table;
use functions_alerts::rounds::{Outlet, Rounds};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::table::{change, control, hours, start, subscribe, table};
use crate::{
    schedule_reports::ScheduleReports,
    send_reports::{SendReports, Sent},
};

/// A queue of SQS whose messages are kept.
#[derive(Clone, Default)]
pub struct Queue(Arc<Mutex<BTreeSet<String>>>);

impl Queue {
    pub fn client(&self) -> WorkQueue {
        let kept = Arc::clone(&self.0);
        let takes = mock!(aws_sdk_sqs::Client::send_message_batch)
            .match_requests(move |request| {
                let bodies = request.entries().iter().map(|entry| entry.message_body().to_owned());
                kept.lock().expect("a lock").extend(bodies);
                true
            })
            .then_output(|| {
                let output = SendMessageBatchOutput::builder().set_successful(Some(vec![])).set_failed(Some(vec![]));
                output.build().expect("an output")
            });
        WorkQueue::new(
            mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&takes]),
            "https://sqs.example/reports".to_owned(),
        )
    }

    pub fn taken(&self) -> Vec<Due> {
        let bodies = std::mem::take(&mut *self.0.lock().expect("a lock"));
        bodies.iter().map(|body| serde_json::from_str(body).expect("a report")).collect()
    }
}

fn out_of_order() -> WorkQueue {
    let fails = mock!(aws_sdk_sqs::Client::send_message_batch)
        .then_error(|| SendMessageBatchError::generic(aws_sdk_sqs::error::ErrorMetadata::builder().build()));
    WorkQueue::new(mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&fails]), "https://sqs.example/reports".to_owned())
}

pub fn sender(table: &Table, queue: &Queue) -> SendReports {
    let read = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
        .then_output(|| GetSecretValueOutput::builder().secret_string("s".repeat(64)).build());
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&read]);
    SendReports {
        store: table.store.clone(),
        reports: queue.client(),
        secret: NotificationSecret::new(client, "secret".to_owned()),
        base: "https://centops.example.ee/v1".parse().expect("a URL"),
    }
}

/// An outlet that keeps the messages, with their ids.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Vec<(String, Mail)>>>);

impl Inbox {
    /// Returns the messages that it got.
    pub fn taken(&self) -> Vec<(String, Mail)> {
        std::mem::take(&mut *self.0.lock().expect("a lock"))
    }
}

impl Outlet for Inbox {
    async fn links(&self, _: &Subscription, _: Timestamp) -> Links {
        Links::default()
    }

    async fn deliver(&self, _: &StoredSubscription, message: &Message, _: Timestamp) -> Delivery {
        let mail = serde_json::from_str(&message.body).expect("a mail");
        self.0.lock().expect("a lock").push((message.id.clone(), mail));
        let outcome = Outcome::Answered { status: 200, retry_after: None };
        Delivery { outcome, provider_id: Some("ses-1".to_owned()), error: None }
    }

    async fn status(&self, _: &str) -> Result<Status, TopicError> {
        Ok(Status::Confirmed)
    }
}

/// Runs the round of `subscription` as `deliver-notifications` does, two days after the report was made.
async fn deliver(table: &Table, inbox: &Inbox, subscription: &Subscription) {
    deliver_at(table, inbox, subscription, || hours(24 * 4)).await;
}

/// Runs the round of `subscription` as `deliver-notifications` does, at the time of `clock`.
pub async fn deliver_at(table: &Table, inbox: &Inbox, subscription: &Subscription, clock: fn() -> Timestamp) {
    let rounds = Rounds {
        store: table.store.clone(),
        audit: Audit::new(table.client.clone(), centops_table::AUDIT.to_owned()),
        outlet: inbox.clone(),
        sms_budget: 0,
        clock,
    };
    rounds.run(subscription.id, "run").await.expect("a round");
}

/// Monday, noon.
pub fn monday() -> Timestamp {
    hours(26)
}

pub fn tax_due(subscription: &Subscription) -> Due {
    let [due] = centops_domain::reports::due(subscription, hours(0), monday())[..] else { panic!("one report") };
    due
}

#[tokio::test]
async fn reports_are_handed_out_once_and_again_after_a_crash() {
    let table = table().await;
    let tax = subscribe(&table, "a@example.ee", Some("tax-board"), json!({})).await;
    let operations = subscribe(&table, "ops@example.ee", None, json!({})).await;
    subscribe(&table, "b@example.ee", Some("tax-board"), json!({"kinds": ["status"]})).await;
    let queue = Queue::default();
    let schedule = ScheduleReports { store: table.store.clone(), reports: queue.client() };
    assert_eq!(schedule.hand_out(hours(0)).await.expect("the first run"), 0);
    assert_eq!(schedule.hand_out(hours(10)).await.expect("Sunday"), 0);
    let broken = ScheduleReports { store: table.store.clone(), reports: out_of_order() };
    broken.hand_out(monday()).await.expect_err("the queue is out of order");
    assert_eq!(schedule.hand_out(monday()).await.expect("Monday"), 1);
    assert_eq!(queue.taken(), [tax_due(&tax)]);
    assert_eq!(schedule.hand_out(monday() + SignedDuration::from_mins(5)).await.expect("the next run"), 0);
    assert!(queue.taken().is_empty());
    // It stood still until December.
    assert_eq!(schedule.hand_out(hours(24 * 17)).await.expect("late"), 3, "two Mondays, and a month");
    let kinds: Vec<_> = queue.taken().iter().map(|due| (due.subscription, due.kind)).collect();
    assert_eq!(kinds.iter().filter(|(id, _)| *id == tax.id).count(), 2);
    assert!(kinds.contains(&(operations.id, ReportKind::Monthly)));
}

#[tokio::test]
async fn report_is_mailed_once_with_csv_and_the_link_that_ends_it() {
    let table = table().await;
    control(&table, "tax", Some("force-offline"), hours(1)).await;
    control(&table, "tax", Some("force-online"), hours(2)).await;
    let tax = subscribe(&table, "a@example.ee", Some("tax-board"), json!({"language": "en"})).await;
    let (queue, inbox, due) = (Queue::default(), Inbox::default(), tax_due(&tax));
    let sender = sender(&table, &queue);
    assert_eq!(sender.send(&due, monday()).await.expect("made"), Sent::Opened);
    // SQS delivers the message again: before it is mailed, and afterwards.
    assert_eq!(sender.send(&due, monday()).await.expect("again"), Sent::Before);
    deliver(&table, &inbox, &tax).await;
    assert_eq!(sender.send(&due, hours(24 * 5)).await.expect("again"), Sent::Before);
    deliver(&table, &inbox, &tax).await;
    let mails = inbox.0.lock().expect("a lock").clone();
    let [(id, mail)] = &mails[..] else { panic!("one mail") };
    assert_eq!(*id, message_id(&due).to_string());
    assert!(mail.subject.starts_with("Maksu- ja Tolliamet: 1 outage, availability "), "{}", mail.subject);
    assert!(mail.html.contains("<html lang=\"en\">") && mail.text.contains("/unsubscription?token="));
    assert_eq!(mail.attachments.len(), 1);
    assert!(mail.attachments[0].content.contains("\"2026-11-09T00:00:00+02:00\""), "{}", mail.attachments[0].content);
    let stored = table.store.message(tax.id, id).await.expect("stored").value;
    assert!(matches!(stored.state, MessageState::Sent { .. }));
    assert!(queue.taken().is_empty());
}

/// The worker dies after SES took the mail, and before that is recorded: the same mail once more.
#[tokio::test]
async fn crash_after_the_delivery_repeats_the_mail_with_the_same_id() {
    let table = table().await;
    let tax = subscribe(&table, "a@example.ee", Some("tax-board"), json!({})).await;
    let (queue, inbox, due) = (Queue::default(), Inbox::default(), tax_due(&tax));
    assert_eq!(sender(&table, &queue).send(&due, monday()).await.expect("made"), Sent::Opened);
    let id = message_id(&due).to_string();
    let round = table.store.round(tax.id).await.expect("a round");
    table.store.take_over(&round, monday()).await.expect("taken").expect("open");
    let message = table.store.message(tax.id, &id).await.expect("stored").value;
    let stored = StoredSubscription::from(tax.clone());
    inbox.deliver(&stored, &message, monday()).await;
    // Nothing is recorded. The sweep finds the expired lease.
    let due_again = table.store.due_subscriptions(monday() + SignedDuration::from_mins(2), 10).await.expect("due");
    assert!(due_again.iter().any(|(_, of)| *of == tax.id));
    for _ in 0..3 {
        deliver(&table, &inbox, &tax).await;
    }
    let mails = inbox.0.lock().expect("a lock").clone();
    let ids: Vec<_> = mails.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids, [id.clone(), id]);
    assert_eq!(mails[0].1, mails[1].1);
}

#[tokio::test]
async fn report_waits_while_another_message_is_delivered() {
    let table = table().await;
    let tax = subscribe(&table, "a@example.ee", Some("tax-board"), json!({})).await;
    let (queue, due) = (Queue::default(), tax_due(&tax));
    let sender = sender(&table, &queue);
    let other = Due { at: due.at - SignedDuration::from_hours(7 * 24), ..due };
    assert_eq!(sender.send(&other, monday()).await.expect("made"), Sent::Opened);
    assert_eq!(sender.send(&due, monday()).await.expect("busy"), Sent::Busy);
    assert_eq!(queue.taken(), [due], "it comes back");
    deliver(&table, &Inbox::default(), &tax).await;
    assert_eq!(sender.send(&due, monday()).await.expect("made"), Sent::Opened);
}

#[tokio::test]
async fn report_of_a_subscription_that_ended_meanwhile_is_dropped() {
    let table = table().await;
    let tax = subscribe(&table, "a@example.ee", Some("tax-board"), json!({})).await;
    let (queue, due) = (Queue::default(), tax_due(&tax));
    let sender = sender(&table, &queue);
    let ended = |old: &StoredSubscription| old.ended(centops_domain::notifications::EndedBy::Recipient, start());
    change(&table, &tax, ended).await;
    assert_eq!(sender.send(&due, monday()).await.expect("dropped"), Sent::Dropped);
    let unknown = Due { subscription: "0".repeat(32).parse().expect("an id"), ..due };
    assert_eq!(sender.send(&unknown, monday()).await.expect("dropped"), Sent::Dropped);
    let gone = subscribe(&table, "c@example.ee", Some("nobody"), json!({})).await;
    assert_eq!(sender.send(&tax_due(&gone), monday()).await.expect("dropped"), Sent::Dropped);
    assert!(table.store.messages(tax.id, None, 10).await.expect("messages").items.is_empty());
}

#[tokio::test]
async fn operations_centre_gets_the_silent_ones_each_month() {
    let table = table().await;
    let operations = subscribe(&table, "ops@example.ee", None, json!({"leastImportance": "critical"})).await;
    assert_eq!(
        (operations.settings.least_importance, operations.settings.language),
        (Importance::Critical, Language::Et)
    );
    let (queue, inbox) = (Queue::default(), Inbox::default());
    let month = centops_domain::reports::due(&operations, hours(24 * 40), hours(24 * 60));
    let [due] = month[..] else { panic!("one month: {month:?}") };
    assert_eq!(due.kind, ReportKind::Monthly);
    assert_eq!(sender(&table, &queue).send(&due, due.at).await.expect("made"), Sent::Opened);
    let message = table.store.message(operations.id, &message_id(&due).to_string()).await.expect("stored").value;
    let mail: Mail = serde_json::from_str(&message.body).expect("a mail");
    assert!(mail.subject.contains("2 vestlusrobotit"), "{}", mail.subject);
    assert!(mail.text.contains("- tax:") && mail.text.contains("- police:") && mail.attachments.is_empty());
    assert!(inbox.0.lock().expect("a lock").is_empty());
}
