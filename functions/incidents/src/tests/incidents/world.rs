//! A network in simulated time: chatbots that fail, a prober, a queue that loses and repeats messages, and functions that
//! crash.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{Batch, Control, Delivery, Lane, PolicyDocument},
    incidents::{Author, Command, IncidentId, Look},
    ingestion::{CodeError, CodeResult, Observation, Observer, Sequence, Signal},
    notifications::Enrolment,
};
use centops_queues::{CorrelateIncidents, FollowIncident};
use centops_store::{
    StoreError,
    alerts::EventQuery,
    health::DueItem,
    incidents::{IncidentError, PastCache},
};
use centops_table::{Table, crash::abandoned_after};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    correlating::Correlating,
    tracking::{Looker, Tracked, Tracking},
};

thread_local! {
    static NOW_MS: Cell<i64> = const { Cell::new(0) };
}

/// Returns the simulated time of this thread.
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS.get()).expect("a time")
}

/// The time at which the queue delivers a message again that its receiver did not finish.
const REDELIVERY: SignedDuration = SignedDuration::from_secs(60);

/// Which chatbots answer, and the looks at them.
#[derive(Clone, Debug, Default)]
pub struct Chatbots(Arc<Mutex<BTreeMap<Name, bool>>>);

impl Chatbots {
    fn set(&self, name: &Name, answers: bool) {
        self.0.lock().expect("a lock").insert(name.clone(), answers);
    }

    pub fn answers(&self, name: &Name) -> bool {
        self.0.lock().expect("a lock").get(name).copied().unwrap_or(true)
    }
}

impl Looker for Chatbots {
    async fn look(&self, chatbot: &Enrolment) -> Result<Option<Look>, StoreError> {
        tokio::task::yield_now().await;
        let fault = (!self.answers(&chatbot.name)).then(|| "answered 503".to_owned());
        Ok(Some(Look { at: now(), fault }))
    }
}

#[derive(Clone, Debug)]
enum Work {
    Track(FollowIncident),
    Correlate(CorrelateIncidents),
    Sweep,
    Probe,
}

/// The network.
pub struct World {
    pub table: Table,
    pub rng: Rng,
    /// The number of runs that ended before their end.
    pub crashes: usize,
    /// In how many of a thousand runs a function crashes.
    pub crash_permille: u32,
    pub policy: PolicyDocument,
    /// False to drop the messages that search for common causes.
    pub is_correlated: bool,
    chatbots: Chatbots,
    tracking: Arc<Tracking<Chatbots>>,
    correlating: Arc<Correlating>,
    queue: BTreeMap<(Timestamp, u64), Work>,
    number: u64,
    /// The time until which the events of each chatbot were handed on, by the stream.
    handed_on: BTreeMap<Enrolment, Timestamp>,
}

impl World {
    pub async fn new(seed: u64) -> Self {
        Self::starting(seed, Timestamp::from_second(1_790_000_000).expect("a time")).await
    }

    pub async fn starting(seed: u64, start: Timestamp) -> Self {
        NOW_MS.set(start.as_millisecond());
        let (table, chatbots) = (Table::start().await.expect("a table"), Chatbots::default());
        let (looker, past) = (chatbots.clone(), PastCache::default());
        let tracking = Arc::new(Tracking { store: table.store.clone(), looker, clock: now, past });
        let correlating = Arc::new(Correlating { store: table.store.clone(), clock: now });
        let mut policy = serde_json::to_value(PolicyDocument::default()).expect("JSON");
        policy["defaults"]["cap"] = json!({"percent": 100, "resumePercent": 100});
        let mut world = Self {
            table,
            rng: Rng::with_seed(seed),
            crashes: 0,
            crash_permille: 0,
            policy: serde_json::from_value(policy).expect("a policy"),
            is_correlated: true,
            chatbots,
            tracking,
            correlating,
            queue: BTreeMap::new(),
            number: 0,
            handed_on: BTreeMap::new(),
        };
        world.push(now(), Work::Sweep);
        world.push(now(), Work::Probe);
        world
    }

    fn push(&mut self, at: Timestamp, work: Work) {
        self.number += 1;
        self.queue.insert((at, self.number), work);
    }

    fn milliseconds(&mut self, most: i64) -> SignedDuration {
        SignedDuration::from_millis(self.rng.i64(0..most))
    }

    /// Enrols the chatbot `name`. Returns the enrolment.
    pub async fn enrol(&mut self, name: &str) -> Enrolment {
        self.enrol_on(name, "bot.example.ee", "tax").await
    }

    /// Enrols the chatbot `name` of `institution` on `host`. Returns the enrolment.
    pub async fn enrol_on(&mut self, name: &str, host: &str, institution: &str) -> Enrolment {
        let new = json!({
            "name": name, "uri": format!("https://{host}/"), "type": "institution", "institution": institution,
            "contact": "owner@example.ee",
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), now());
        let context = centops_table::audit_context(&self.table.audit, now());
        let created = self.table.store.create_chatbot(&context, chatbot).await.expect("enrolled");
        let enrolment = Enrolment::from(&created.value);
        self.chatbots.set(&enrolment.name, true);
        self.handed_on.insert(enrolment.clone(), Timestamp::MIN);
        enrolment
    }

    pub async fn remove(&mut self, chatbot: &Enrolment) {
        let context = centops_table::audit_context(&self.table.audit, now());
        self.table.store.delete_chatbot(&context, &chatbot.name, None, &self.policy).await.expect("removed");
        self.hand_on(chatbot).await;
    }

    /// Lets `chatbot` fail: two observers report timeouts.
    pub async fn fail(&mut self, chatbot: &Enrolment) {
        self.fail_with(chatbot, Err(CodeError::Timeout)).await;
    }

    /// Lets `chatbot` fail: two observers report `result`.
    pub async fn fail_with(&mut self, chatbot: &Enrolment, result: CodeResult) {
        self.chatbots.set(&chatbot.name, false);
        self.number += 1;
        let sequence = Sequence::from(u128::from(self.number));
        let batches = ["dmr:tallinn", "dmr:tartu"].map(|observer| Batch {
            observer: Observer::try_from(observer.to_owned()).expect("an observer"),
            sequence,
            observations: vec![Observation { at: now(), signal: Signal::Code { result, millis: None } }; 20],
            delivery: Delivery::First,
        });
        self.table.store.observe(&chatbot.name, &batches, &self.policy, now(), 0.0).await.expect("observed");
        self.hand_on(chatbot).await;
    }

    /// Lets `chatbot` answer again. The prober finds out.
    pub fn heal(&self, chatbot: &Enrolment) {
        self.chatbots.set(&chatbot.name, true);
    }

    /// Takes `chatbot` out, or ends that.
    pub async fn force(&mut self, chatbot: &Enrolment, out: bool) {
        let new = json!({"mode": "force-offline", "reason": "work"});
        let control = Control::new(serde_json::from_value(new).expect("a control"), "anna".to_owned(), now());
        let context = centops_table::audit_context(&self.table.audit, now());
        let control = out.then_some(control);
        self.table.store.set_control(&context, &chatbot.name, control, &self.policy).await.expect("controlled");
        self.hand_on(chatbot).await;
    }

    /// Carries out `command` on `incident` as a person does.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn command(&self, incident: IncidentId, command: &Command) -> Result<(), IncidentError> {
        let context = centops_table::audit_context(&self.table.audit, now());
        let by = Author::Staff("anna".to_owned());
        self.table.store.command_incident(&context, incident, None, &by, command).await.map(|_| ())
    }

    /// Makes `incident` one of its own, as a person does.
    pub async fn split(&self, incident: IncidentId) {
        let context = centops_table::audit_context(&self.table.audit, now());
        let by = Author::Staff("anna".to_owned());
        self.table.store.split_incident(&context, incident, &by).await.expect("split");
    }

    /// Lets the stream hand on the new events of `chatbot`, each once or twice, after a while and in any order.
    async fn hand_on(&mut self, chatbot: &Enrolment) {
        let query = EventQuery { limit: 50, ..EventQuery::default() };
        let (name, enrolled) = (&chatbot.name, chatbot.enrolled_at);
        let events = self.table.store.events_of_chatbot(name, enrolled, &query, now()).await.expect("events").items;
        let since = self.handed_on.get(chatbot).copied().expect("an enrolment");
        for event in events.iter().filter(|event| event.at > since) {
            let message = FollowIncident { chatbot: chatbot.clone(), since: Some(event.at), incident: None };
            for _ in 0..self.rng.usize(1..3) {
                let at = now() + self.milliseconds(3000);
                self.push(at, Work::Track(message.clone()));
            }
        }
        let newest = events.iter().map(|event| event.at).max().unwrap_or(since);
        self.handed_on.insert(chatbot.clone(), newest);
    }

    /// Runs the functions for `time` from now.
    pub async fn run_for(&mut self, time: SignedDuration) {
        let end = now() + time;
        self.hurry();
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, _), work) = entry.remove_entry();
            NOW_MS.set(at.as_millisecond().max(NOW_MS.get()));
            match work {
                Work::Track(message) => {
                    self.track(message).await;
                    self.sweep_by(now() + SignedDuration::from_mins(1));
                }
                Work::Correlate(message) => self.correlate(message).await,
                Work::Sweep => self.sweep().await,
                Work::Probe => self.probe().await,
            }
        }
        // What the test does next is later than all that ran.
        NOW_MS.set(end.as_millisecond() + 1);
    }

    async fn track(&mut self, message: FollowIncident) {
        let crashes = self.rng.u32(0..1000) < self.crash_permille;
        let steps = crashes.then(|| self.rng.usize(0..20));
        let tracking = Arc::clone(&self.tracking);
        let Some(tracked) = abandoned_after(steps, Box::pin(tracking.track(&message))).await else {
            self.crashes += 1;
            self.push(now() + REDELIVERY, Work::Track(message));
            return;
        };
        let Tracked { follow, correlate } = tracked.expect("tracked");
        let follow = follow.map(|(message, seconds)| (Work::Track(message), seconds));
        let correlate = correlate.map(|(message, seconds)| (Work::Correlate(message), seconds));
        for (work, seconds) in follow.into_iter().chain(correlate) {
            // The queue repeats some, and the message for a look may be lost.
            let copies = [usize::from(!matches!(work, Work::Track(_))), 1, 1, 1, 1, 2][self.rng.usize(0..6)];
            for _ in 0..copies {
                let at = now() + SignedDuration::from_secs(seconds.into()) + self.milliseconds(2000);
                self.push(at, work.clone());
            }
        }
    }

    async fn correlate(&mut self, message: CorrelateIncidents) {
        if !self.is_correlated {
            return;
        }
        let crashes = self.rng.u32(0..1000) < self.crash_permille;
        let steps = crashes.then(|| self.rng.usize(0..20));
        if !self.correlate_until(message, steps).await {
            self.crashes += 1;
            self.push(now() + REDELIVERY, Work::Correlate(message));
        }
    }

    /// Lets the function carry out `message`, and crash after `steps`. Returns whether it finished.
    pub async fn correlate_until(&self, message: CorrelateIncidents, steps: Option<usize>) -> bool {
        let (correlating, policies) = (Arc::clone(&self.correlating), Arc::new(self.policy.clone()));
        let done = abandoned_after(steps, Box::pin(correlating.carry_out(message, &policies))).await;
        done.map(|done| done.expect("correlated")).is_some()
    }

    /// Hands out the due incidents, and comes again when the next is due: the sweeps of the minutes until then find nothing.
    async fn sweep(&mut self) {
        let due = self.table.store.due_incidents(far(), 1000).await.expect("due");
        let next = due.iter().map(|due| due.at).find(|at| *at > now());
        // An active network incident is due again and again.
        let next = if due.iter().any(|due| due.chatbot.is_none()) { Some(now()) } else { next };
        for due in due.into_iter().filter(|due| due.at <= now()) {
            let work = match due.chatbot {
                Some(chatbot) => Work::Track(FollowIncident { chatbot, since: None, incident: Some(due.id) }),
                None => Work::Correlate(CorrelateIncidents::Network(due.id)),
            };
            self.push(now(), work);
        }
        self.push(later(next, SignedDuration::from_mins(1)), Work::Sweep);
    }

    /// Probes the due chatbots, and comes again when the next is due.
    async fn probe(&mut self) {
        let entries = self.table.store.due(Lane::Recovery, far(), 100).await.expect("due");
        let next = entries.iter().map(|entry| entry.at).find(|at| *at > now());
        for entry in entries.into_iter().filter(|entry| entry.at <= now()) {
            let DueItem::Chatbot(name) = entry.item else { continue };
            let due = self.table.store.evaluate_due(&name, &self.policy, now()).await;
            let Some(probe) = due.ok().and_then(|due| due.probe) else { continue };
            let answers = self.chatbots.answers(&name);
            let reported = self.table.store.report_probe(&probe, answers, &self.policy, now(), 0.0).await;
            reported.expect("reported");
            let enrolment = Enrolment::from(probe.chatbot());
            self.hand_on(&enrolment).await;
        }
        self.push(later(next, SignedDuration::from_secs(5)), Work::Probe);
    }

    /// Lets the next sweep of incidents be at `at` or earlier: one may be due since the last.
    fn sweep_by(&mut self, at: Timestamp) {
        let is_planned =
            |((planned, _), work): (&(Timestamp, u64), &Work)| *planned <= at && matches!(work, Work::Sweep);
        if !self.queue.iter().any(is_planned) {
            self.queue.retain(|_, work| !matches!(work, Work::Sweep));
            self.push(at, Work::Sweep);
        }
    }

    /// Lets the sweeps come soon: something may be due since the last ones.
    fn hurry(&mut self) {
        self.queue.retain(|_, work| matches!(work, Work::Track(_) | Work::Correlate(_)));
        self.push(now() + SignedDuration::from_mins(1), Work::Sweep);
        self.push(now() + SignedDuration::from_secs(5), Work::Probe);
    }
}

fn far() -> Timestamp {
    now() + SignedDuration::from_hours(24 * 365)
}

/// Returns when the next sweep is that finds what is due at `next`: after `interval` at the earliest.
fn later(next: Option<Timestamp>, interval: SignedDuration) -> Timestamp {
    next.unwrap_or_else(far).max(now() + interval)
}
