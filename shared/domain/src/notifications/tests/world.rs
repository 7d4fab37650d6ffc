//! One subscription with its pending notifications, driven by a clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    alerts::{Event, EventKind},
    chatbots::{Chatbot, Name, Status},
    health::{Cause, CheckReason},
    incidents::{self, Incident, State},
    notifications::{
        Address, Channel, Combined, Conditions, Coverage, Decision, Dropped, Enrolment, Entry, Held, MEMORY, Notified,
        NotifiedChange, PendingNotification, Present, ReleaseKey, SendHistory, SettingsChange, SmsBudget, Storm,
        Subscription, combine, decide,
    },
    outages::{Window, Windows},
};

/// A message that was sent.
pub struct Message {
    pub at: Timestamp,
    pub entries: Vec<Entry>,
}

/// The result of the last decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// All that is pending waits.
    Waited,
    /// Outages that came and went were dropped; `incidents` is true if incidents were read for that.
    Dropped { incidents: bool },
    /// A message was made, unless nothing was worth one.
    Decided,
}

pub struct World {
    pub subscription: Subscription,
    pub present: BTreeMap<Name, Present>,
    pub withdrawn: BTreeSet<ReleaseKey>,
    pub pending: Vec<PendingNotification>,
    pub told: Notified,
    pub history: SendHistory,
    pub outages: Vec<Timestamp>,
    pub sms: Option<SmsBudget>,
    /// The planned outages of the institution.
    pub windows: Vec<Window>,
    /// The latest incidents.
    pub incidents: BTreeMap<Enrolment, Incident>,
    pub last: Last,
    pub now: Timestamp,
    pub messages: Vec<Message>,
    pub dropped: Vec<Dropped>,
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a good name")
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn settings(json: &str) -> SettingsChange {
    serde_json::from_str(json).expect("settings")
}

pub fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// The quiet hours of most cases.
pub const NIGHT: &str = r#"{"quietHours":{"daily":{"from":"22:00","until":"07:00"}}}"#;

impl World {
    /// An active subscription of the institution `tax` to all its chatbots. It has none yet.
    pub fn new(channel: Channel, change: SettingsChange, now: Timestamp) -> Self {
        let text = match channel {
            Channel::Sms => "+37255512345",
            Channel::Webhook => "https://hooks.example.ee/a",
            _ => "owner@example.ee",
        };
        let address = Address::new(channel, text).expect("an address");
        let coverage = Coverage::Institution { institution: name("tax") };
        let subscription = Subscription::new(address, coverage, change, now).confirmed(now).expect("pending");
        Self {
            subscription,
            present: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            pending: Vec::new(),
            told: Notified::default(),
            history: SendHistory::default(),
            outages: Vec::new(),
            sms: None,
            windows: Vec::new(),
            incidents: BTreeMap::new(),
            last: Last::Waited,
            now,
            messages: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// Enrols a chatbot now, in place of one with the same name.
    pub fn enrol(&mut self, chatbot: &str, institution: &str) -> Enrolment {
        let present = Present { enrolled_at: self.now, institution: name(institution) };
        self.present.insert(name(chatbot), present);
        Enrolment { name: name(chatbot), enrolled_at: self.now }
    }

    /// Queues a notification, if it is not queued already.
    pub fn queue(&mut self, one: PendingNotification) {
        if self.pending.iter().all(|pending| pending.id != one.id) {
            self.pending.push(one);
        }
    }

    /// Queues what an event that happens now makes.
    pub fn event(&mut self, kind: EventKind, chatbot: Option<&Enrolment>) -> Event {
        let chatbot_name = chatbot.map_or("none", |chatbot| chatbot.name.as_str());
        let event = Event { id: format!("{chatbot_name}-{}-{kind:?}", self.now), at: self.now, quiet: false, kind };
        if matches!(event.kind, EventKind::ChatbotOffline { .. }) {
            self.outages.push(event.at);
        }
        self.deliver_event(&event, chatbot);
        event
    }

    pub fn deliver_event(&mut self, event: &Event, chatbot: Option<&Enrolment>) {
        if let Some(one) = PendingNotification::of_event(event, chatbot.cloned(), self.now) {
            self.queue(one);
        }
    }

    pub fn offline(&mut self, chatbot: &Enrolment) -> Event {
        let cause = Cause::Unanswered(CheckReason::Silence);
        self.event(EventKind::ChatbotOffline { chatbot: chatbot.name.clone(), cause }, Some(chatbot))
    }

    pub fn online(&mut self, chatbot: &Enrolment) -> Event {
        self.event(EventKind::ChatbotOnline { chatbot: chatbot.name.clone(), was: Status::Offline }, Some(chatbot))
    }

    /// Makes the outage that began with `event` the latest incident of `chatbot`, in `state`.
    pub fn suspect(&mut self, chatbot: &Enrolment, event: &Event, state: State) {
        let institution = self.present[&chatbot.name].institution.clone();
        let present = incidents::Present { institution, status: Status::Offline, since: event.at };
        let begun = Incident::begin(event, chatbot, Some(&present), None).expect("an outage");
        self.incidents.insert(chatbot.clone(), Incident { state, ..begun.incident });
    }

    /// Decides once, as a round does. Returns when to decide again.
    pub fn wake(&mut self) -> Option<Timestamp> {
        let conditions = Conditions { storm: Storm::of(&self.outages, self.now), sms: self.sms };
        let mut held = Held::new(&self.pending, &self.told, &Windows::new(self.windows.clone()), self.now);
        let mut decision = decide(&self.subscription, &held.live, &self.history, &conditions, self.now);
        let asks = matches!(decision, Decision::Deliver { .. }) && !held.suspects().is_empty();
        if asks {
            held.apply_incidents(self.incidents.clone(), &self.told, self.now);
            decision = decide(&self.subscription, &held.live, &self.history, &conditions, self.now);
        }
        self.last = Last::Waited;
        match decision {
            Decision::WaitUntil(_) | Decision::Nothing if !held.dropped.is_empty() => {
                self.settle(&held, held.complete(Combined::default()), &[]);
                self.last = Last::Dropped { incidents: asks };
                Some(self.now)
            }
            Decision::WaitUntil(_) | Decision::Nothing => {
                let at = if let Decision::WaitUntil(at) = decision { Some(at) } else { None };
                let next = held.until.into_iter().chain(at).min();
                assert!(next.is_none_or(|at| at > self.now), "a wake-up in the past would be repeated for ever");
                next
            }
            Decision::Drop(_) => {
                self.pending.clear();
                None
            }
            Decision::Deliver { least } => {
                let sent: Vec<_> = held.live.iter().filter(|one| one.importance >= least).cloned().collect();
                let (told, present) = (&self.told, &self.present);
                let combined = combine(&self.subscription, &sent, told, present, &self.withdrawn, self.now);
                self.settle(&held, held.complete(combined), &sent);
                self.last = Last::Decided;
                Some(self.now)
            }
        }
    }

    /// Sends the message of `combined`, which was made of `sent` and of what `held` drops.
    fn settle(&mut self, held: &Held, combined: Combined, sent: &[PendingNotification]) {
        let mut ids: Vec<_> = combined.dropped.iter().map(|dropped| &dropped.id).chain(&combined.told).collect();
        ids.sort();
        let dropped = held.dropped.iter().map(|dropped| &dropped.id);
        let mut expected: Vec<_> = sent.iter().map(|one| &one.id).chain(dropped).collect();
        expected.sort();
        assert_eq!(ids, expected, "each notification is either told or dropped");
        self.pending.retain(|one| !expected.contains(&&one.id));
        self.record(&combined);
        self.dropped.extend(combined.dropped);
        if !combined.entries.is_empty() {
            self.history.record(self.now);
            self.messages.push(Message { at: self.now, entries: combined.entries });
        }
    }

    /// Notes what was told or dropped, as the store does.
    fn record(&mut self, combined: &Combined) {
        let (now, told) = (self.now, &mut self.told);
        told.events.retain(|_, at| *at > now - MEMORY);
        let dropped = combined.dropped.iter().map(|dropped| &dropped.id);
        told.events.extend(combined.told.iter().chain(dropped).map(|id| (id.clone(), now)));
        for NotifiedChange { chatbot, status } in combined.changes.clone() {
            match status {
                Some(status) => told.chatbots.insert(chatbot, status),
                None => told.chatbots.remove(&chatbot),
            };
        }
    }

    /// Lets time pass until `end`, with a wake-up at each time that a decision asked for.
    pub fn run(&mut self, end: Timestamp) {
        while let Some(next) = self.wake().filter(|next| *next <= end) {
            self.now = next;
        }
        self.now = end;
    }

    /// Lets time pass for this many seconds.
    pub fn pass(&mut self, seconds: i64) {
        self.run(self.now + secs(seconds));
    }

    /// The times of the messages, and the kinds and chatbots of their entries.
    pub fn summary(&self) -> Vec<String> {
        let line = |message: &Message| {
            let entries: Vec<_> = message.entries.iter().map(describe).collect();
            format!("{} {}", message.at, entries.join(", "))
        };
        self.messages.iter().map(line).collect()
    }
}

/// Describes an entry in a few words.
pub fn describe(entry: &Entry) -> String {
    match entry {
        Entry::Offline { chatbot, .. } => format!("{chatbot} offline"),
        Entry::Online { chatbot, outage: Some(_), .. } => format!("{chatbot} back"),
        Entry::Online { chatbot, outage: None, .. } => format!("{chatbot} online"),
        Entry::ShortOutages { chatbot, count, total, .. } => format!("{chatbot} {count} short {}s", total.as_secs()),
        Entry::Flapping { chatbot, .. } => format!("{chatbot} flapping"),
        Entry::Settled { chatbot, status, .. } => format!("{chatbot} settled {status:?}"),
        Entry::MovedAway { chatbot, .. } => format!("{chatbot} moved away"),
        Entry::UpdateAvailable { chatbot, release, .. } => format!("{chatbot} update {}", release.version.get()),
        other => format!("{other:?}"),
    }
}

/// The chatbot that an entry names.
pub fn subject(entry: &Entry) -> Option<&Name> {
    match entry {
        Entry::Offline { chatbot, .. }
        | Entry::Online { chatbot, .. }
        | Entry::ShortOutages { chatbot, .. }
        | Entry::Flapping { chatbot, .. }
        | Entry::Settled { chatbot, .. }
        | Entry::MovedAway { chatbot, .. }
        | Entry::UpdateAvailable { chatbot, .. }
        | Entry::AcknowledgementLapsed { chatbot, .. }
        | Entry::CertificateExpiring { chatbot, .. } => Some(chatbot),
        Entry::PlannedOutage { .. } | Entry::SubscriptionFailing { .. } | Entry::Test | Entry::Operational(_) => None,
    }
}

pub const NOON: &str = "2026-11-26T10:00:00Z";

/// An active e-mail subscription at noon, with the default settings.
pub fn world() -> World {
    World::new(Channel::Mail, settings("{}"), at(NOON))
}

fn release(severity: &str, version: &str, now: Timestamp) -> Event {
    let release = serde_json::json!({
        "component": "ruuter", "version": version, "severity": severity, "publishedAt": now,
    });
    let kind = EventKind::ReleasePublished { release: serde_json::from_value(release).expect("a release") };
    Event { id: format!("release-{version}"), at: now, quiet: false, kind }
}

/// Publishes a release now that is an update for `chatbot`.
pub fn publish(world: &mut World, chatbot: &str, severity: &str, version: &str) {
    let new = serde_json::json!({
        "name": chatbot, "uri": "https://bot.example.ee/", "type": "institution", "institution": "tax",
        "contact": "owner@example.ee", "versions": {"ruuter": "2.1.0"},
    });
    let enrolled_at = world.present[&name(chatbot)].enrolled_at;
    let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), enrolled_at);
    let event = release(severity, version, world.now);
    world.queue(PendingNotification::of_release(&event, &chatbot, world.now).expect("outdated"));
}
