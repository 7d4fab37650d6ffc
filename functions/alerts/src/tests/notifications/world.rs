//! A network of two institutions in simulated time: queues that lose and repeat messages, and functions that crash.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
};

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::{Chatbot, ChatbotChange, Name, Status},
    health::{Cause, CheckReason},
    incidents::IncidentId,
    notifications::{Address, Channel, Coverage, EndedBy, Enrolment, SettingsChange, Subscription, SubscriptionId},
    releases::Release,
};
use centops_store::{audit::Audit, notifications::StoredSubscription};
use centops_table::{Table, crash::abandoned_after};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::recipient::Recipients;
use crate::{
    fan_out::{FanOutMessage, fan_out},
    rounds::Rounds,
    wake::Wake,
};

thread_local! {
    static NOW_MS: Cell<i64> = const { Cell::new(0) };
}

/// Returns the simulated time of this thread.
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS.get()).expect("a time")
}

/// Lets `time` pass while no function runs.
pub fn pass(time: SignedDuration) {
    NOW_MS.set((now() + time).as_millisecond());
}

/// The time at which a queue delivers a message again that its receiver did not finish.
const REDELIVERY: SignedDuration = SignedDuration::from_secs(60);

/// A message of a queue.
#[derive(Clone, Debug)]
enum Work {
    FanOut(FanOutMessage),
    Wake(Wake),
    Sweep,
}

/// The network.
pub struct World {
    pub table: Table,
    pub recipients: Recipients,
    pub rng: Rng,
    /// The number of runs that ended before their end.
    pub crashes: usize,
    /// The step after which the next run crashes.
    pub crash_after: Option<usize>,
    /// In how many of a thousand runs a function crashes.
    pub crash_permille: u32,
    rounds: Arc<Rounds<Recipients>>,
    queue: BTreeMap<(Timestamp, u64), Work>,
    number: u64,
}

/// Returns the event that `chatbot` went offline or online.
fn status(chatbot: &Enrolment, is_offline: bool) -> EventKind {
    let chatbot = chatbot.name.clone();
    if is_offline {
        EventKind::ChatbotOffline { chatbot, cause: Cause::Unanswered(CheckReason::Silence) }
    } else {
        EventKind::ChatbotOnline { chatbot, was: Status::Offline }
    }
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

impl World {
    pub async fn new(seed: u64) -> Self {
        Self::on(Table::start().await.expect("a table"), seed)
    }

    /// Returns a network on `table`.
    pub fn on(table: Table, seed: u64) -> Self {
        NOW_MS.set(1_790_000_000_000);
        let recipients = Recipients::default();
        let rounds = Arc::new(Rounds {
            store: table.store.clone(),
            audit: Audit::new(table.client.clone(), centops_table::AUDIT.to_owned()),
            outlet: recipients.clone(),
            sms_budget: 10,
            clock: now,
        });
        let rng = Rng::with_seed(seed);
        let mut world = Self {
            table,
            recipients,
            rng,
            crashes: 0,
            crash_after: None,
            crash_permille: 0,
            rounds,
            queue: BTreeMap::new(),
            number: 0,
        };
        world.push(now(), Work::Sweep);
        world
    }

    fn push(&mut self, at: Timestamp, work: Work) {
        self.number += 1;
        self.queue.insert((at, self.number), work);
    }

    /// Enrols `chatbot` for `institution`. Returns the enrolment.
    pub async fn enrol(&self, chatbot: &str, institution: &str) -> Enrolment {
        self.enrol_running(chatbot, institution, &json!({})).await
    }

    /// Enrols `chatbot`, which runs these `versions`. Returns the enrolment.
    pub async fn enrol_running(&self, chatbot: &str, institution: &str, versions: &Value) -> Enrolment {
        let new = json!({
            "name": chatbot, "uri": "https://bot.example.ee/", "type": "institution", "institution": institution,
            "contact": "owner@example.ee", "versions": versions,
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), now());
        let context = centops_table::audit_context(&self.table.audit, now());
        let created = self.table.store.create_chatbot(&context, chatbot).await.expect("enrolled");
        Enrolment::from(&created.value)
    }

    pub async fn remove(&self, chatbot: &str) {
        let policy = self.table.store.policy().await.expect("a policy").value;
        let context = centops_table::audit_context(&self.table.audit, now());
        self.table.store.delete_chatbot(&context, &name(chatbot), None, &policy).await.expect("removed");
    }

    /// Transfers `chatbot` to `institution`, and lets the stream deliver the event.
    pub async fn transfer(&mut self, chatbot: &Enrolment, from: &str, to: &str) {
        let context = centops_table::audit_context(&self.table.audit, now());
        let change = ChatbotChange { institution: Some(name(to)), ..ChatbotChange::default() };
        self.table.store.update_chatbot(&context, &chatbot.name, None, &change).await.expect("transferred");
        let kind = EventKind::ChatbotTransferred { chatbot: chatbot.name.clone(), from: name(from), to: name(to) };
        self.raise(chatbot, kind);
    }

    /// Subscribes a queue to the chatbots of `institution`, or to `chatbots` of it.
    pub async fn subscribe(
        &self,
        queue: &str,
        institution: &str,
        chatbots: Option<BTreeSet<Enrolment>>,
    ) -> SubscriptionId {
        let institution = name(institution);
        let coverage = match chatbots {
            Some(chatbots) => Coverage::Chatbots { institution, chatbots },
            None => Coverage::Institution { institution },
        };
        self.subscribe_to(queue, coverage).await
    }

    /// Subscribes a queue to what `coverage` covers.
    pub async fn subscribe_to(&self, queue: &str, coverage: Coverage) -> SubscriptionId {
        let address = format!("arn:aws:sqs:eu-north-1:000000000000:{queue}");
        let address = Address::new(Channel::Sqs, &address).expect("an address");
        let new = Subscription::new(address, coverage, SettingsChange::default(), now());
        let context = centops_table::audit_context(&self.table.audit, now());
        let id = self.table.store.create_subscriber(&context, new).await.expect("created").value.subscription.id;
        self.change(id, |old| old.confirmed(now()).expect("confirmed")).await;
        id
    }

    /// Changes a subscription.
    pub async fn change(&self, id: SubscriptionId, change: impl Fn(&Subscription) -> Subscription) {
        let context = centops_table::audit_context(&self.table.audit, now());
        let change = |old: &StoredSubscription| {
            Ok(StoredSubscription { subscription: change(&old.subscription), ..old.clone() })
        };
        self.table.store.change_subscriber(&context, id, None, change).await.expect("changed");
    }

    pub async fn end(&self, id: SubscriptionId) {
        self.change(id, |old| old.ended(EndedBy::Owner, now())).await;
    }

    /// Returns the message of the stream about an event of the present time.
    fn message(&mut self, chatbot: &Enrolment, kind: EventKind) -> FanOutMessage {
        self.number += 1;
        let event = Event { id: format!("e-{}", self.number), at: now(), quiet: false, kind };
        let event = serde_json::to_string(&event).expect("JSON");
        let enrolled_ms = Some(chatbot.enrolled_at.as_millisecond());
        FanOutMessage { event, enrolled_ms, paged: false, after: None }
    }

    /// Lets the stream deliver an event of the present time, once or twice, after a while.
    fn raise(&mut self, chatbot: &Enrolment, kind: EventKind) {
        let message = self.message(chatbot, kind);
        for _ in 0..self.rng.usize(1..3) {
            let at = now() + SignedDuration::from_millis(self.rng.i64(0..3000));
            self.push(at, Work::FanOut(message.clone()));
        }
    }

    /// Publishes `release`, and lets the stream deliver its event.
    pub async fn publish(&mut self, release: &Value) {
        let release: Release = serde_json::from_value(release.clone()).expect("a release");
        let context = centops_table::audit_context(&self.table.audit, now());
        self.table.store.publish_release(&context, release.clone()).await.expect("published");
        let event =
            Event { id: "release".to_owned(), at: now(), quiet: false, kind: EventKind::ReleasePublished { release } };
        let event = serde_json::to_string(&event).expect("JSON");
        self.push(now(), Work::FanOut(FanOutMessage { event, enrolled_ms: None, paged: false, after: None }));
    }

    /// Lets the stream deliver a stored event that is about no chatbot.
    pub fn stream(&mut self, event: &Event) {
        self.push(now(), Work::FanOut(FanOutMessage::again(event).expect("JSON")));
    }

    /// Raises the event that `chatbot` went offline or online.
    pub fn status(&mut self, chatbot: &Enrolment, is_offline: bool) {
        self.raise(chatbot, status(chatbot, is_offline));
    }

    /// Raises the event that nobody looks at the outage of `chatbot` any more, which began at `since`.
    pub fn lapse(&mut self, chatbot: &Enrolment, since: Timestamp) {
        let incident = IncidentId::new(since, "e-1");
        self.raise(chatbot, EventKind::AcknowledgementLapsed { chatbot: chatbot.name.clone(), incident, since });
    }

    /// Returns the message of the stream that `chatbot` went offline or online.
    pub fn status_message(&mut self, chatbot: &Enrolment, is_offline: bool) -> FanOutMessage {
        self.message(chatbot, status(chatbot, is_offline))
    }

    /// Fans out `message`.
    pub async fn fan_out(&self, message: &FanOutMessage) {
        fan_out(&self.table.store, message, now()).await.expect("fanned out");
    }

    fn wake(&mut self, wakes: Vec<Wake>) {
        for wake in wakes {
            let far = wake.at.duration_since(now()) > SignedDuration::from_secs(900);
            // The queue loses some and repeats some.
            let copies = if far { 0 } else { [0, 1, 1, 1, 1, 1, 1, 2][self.rng.usize(0..8)] };
            for _ in 0..copies {
                let at = wake.at.max(now()) + SignedDuration::from_millis(self.rng.i64(0..1500));
                self.push(at, Work::Wake(wake));
            }
        }
    }

    /// Runs the round of `subscription` at `at`; it crashes after `steps`. Returns whether it ended.
    pub async fn round(&mut self, subscription: SubscriptionId, at: Timestamp, steps: usize) -> bool {
        NOW_MS.set(at.as_millisecond());
        self.crash_after = Some(steps);
        self.run(Work::Wake(Wake { subscription, at })).await
    }

    /// Runs the functions for `time` from now.
    pub async fn run_for(&mut self, time: SignedDuration) {
        self.sweep_by(now());
        self.run_until(now() + time).await;
    }

    /// Runs the functions until `end`.
    pub async fn run_until(&mut self, end: Timestamp) {
        while let Some(((at, _), work)) = self.next_before(end) {
            NOW_MS.set(at.as_millisecond().max(NOW_MS.get()));
            if !self.run(work.clone()).await {
                self.push(now() + REDELIVERY, work.clone());
            }
            if !matches!(work, Work::Sweep) {
                self.sweep_by(now() + SignedDuration::from_mins(1));
            }
        }
        // What the test does next is later than all that ran.
        NOW_MS.set(end.as_millisecond() + 1);
    }

    fn next_before(&mut self, end: Timestamp) -> Option<((Timestamp, u64), Work)> {
        let first = self.queue.first_key_value().filter(|((at, _), _)| *at <= end).map(|(key, _)| *key)?;
        self.queue.remove_entry(&first)
    }

    /// Runs one message. Returns false if it has to be delivered again.
    async fn run(&mut self, work: Work) -> bool {
        match work {
            Work::FanOut(message) => {
                let store = self.table.store.clone();
                match self.crashing(Box::pin(fan_out(&store, &message, now()))).await {
                    None => false,
                    Some(fanned) => {
                        let fanned = fanned.expect("fanned out");
                        if let Some(next) = fanned.next {
                            self.push(now() + SignedDuration::from_secs(1), Work::FanOut(next));
                        }
                        self.wake(fanned.wakes);
                        true
                    }
                }
            }
            Work::Wake(wake) => {
                let (rounds, run) = (Arc::clone(&self.rounds), format!("run-{}", self.number));
                let ran = self.crashing(Box::pin(rounds.run(wake.subscription, &run))).await;
                match ran {
                    None => false,
                    Some(wakes) => {
                        self.wake(wakes.expect("a round"));
                        true
                    }
                }
            }
            Work::Sweep => {
                self.sweep().await;
                true
            }
        }
    }

    /// Wakes what is overdue, and comes again when the next round is due.
    async fn sweep(&mut self) {
        let far = now() + SignedDuration::from_hours(24 * 365);
        let due = self.table.store.due_subscriptions(far, 1000).await.expect("due");
        let overdue: Vec<_> = due.iter().filter(|(at, _)| *at <= now()).collect();
        for (at, subscription) in overdue {
            self.push(now(), Work::Wake(Wake { subscription: *subscription, at: *at }));
        }
        let next = due.iter().map(|(at, _)| *at).find(|at| *at > now()).unwrap_or(far);
        // The sweeps of the minutes until then find nothing.
        self.push(next.max(now() + SignedDuration::from_mins(1)), Work::Sweep);
    }

    /// Lets the next sweep be at `at` or earlier: something may be due since the last one.
    pub fn sweep_by(&mut self, at: Timestamp) {
        let is_planned =
            |((planned, _), work): (&(Timestamp, u64), &Work)| *planned <= at && matches!(work, Work::Sweep);
        if !self.queue.iter().any(is_planned) {
            self.queue.retain(|_, work| !matches!(work, Work::Sweep));
            self.push(at, Work::Sweep);
        }
    }

    /// Runs `future`, or a part of it: after some step it is abandoned, as by a crash.
    async fn crashing<F: Future + Unpin>(&mut self, future: F) -> Option<F::Output> {
        let crashes = self.rng.u32(0..1000) < self.crash_permille;
        let random = crashes.then(|| self.rng.usize(0..40));
        let output = abandoned_after(self.crash_after.take().or(random), future).await;
        if output.is_none() {
            self.crashes += 1;
        }
        output
    }
}
