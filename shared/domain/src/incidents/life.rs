//! The life of an incident: it follows the events of its chatbot, and the time.
//!
//! The functions are pure and take the time from the events, so that an incident is the same however late it is computed:
//! what time alone changes between two events is applied before the later one.

use jiff::{SignedDuration, Timestamp};

use super::{
    entry::{Author, Entry, EntryContent},
    family::Family,
    incident::{Condition, Incident, IncidentKind, Resolution, ResolvedBy, State, Subject},
    incident_id::IncidentId,
};
use crate::{
    alerts::event::{Event, EventKind},
    chatbots::{chatbot::Chatbot, name::Name, status::Status},
    health::cause::Cause,
    notifications::Enrolment,
};

/// The time after which a suspected outage is looked at again.
pub const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// The time after which a suspected outage is opened although nobody looked at it.
pub const LOOK_UNTIL: SignedDuration = SignedDuration::from_secs(60);
/// The time after which a chatbot that answered the look and stays offline is an open incident.
pub const TRANSIENT_UNTIL: SignedDuration = SignedDuration::from_secs(120);
/// The time for which a chatbot is online before its incident is resolved.
pub const RESOLVE_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// The time after the end of an outage in which another one of the same family is the same incident.
pub const REOPEN_WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// The chatbot as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// The institution that owns it.
    pub institution: Name,
    /// The status.
    pub status: Status,
    /// The time of the last change of the status.
    pub since: Timestamp,
}

impl From<&Chatbot> for Present {
    fn from(chatbot: &Chatbot) -> Self {
        Self { institution: chatbot.institution.clone(), status: chatbot.status, since: chatbot.status_since }
    }
}

/// The result of looking at a suspected outage again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The fault; none if the chatbot answered as it should.
    pub fault: Option<String>,
}

/// An incident after a change, and what the change adds to its timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The incident.
    pub incident: Incident,
    /// The new entries.
    pub entries: Vec<Entry>,
    /// The event that an acknowledgement ended, to be told.
    pub reminder: Option<Event>,
    /// When an acknowledgement ended in this step.
    pub(super) lapsed: Option<Timestamp>,
}

impl Step {
    /// Returns the incident without new entries.
    #[must_use]
    pub fn of(incident: Incident) -> Self {
        Self { incident, entries: Vec::new(), reminder: None, lapsed: None }
    }

    pub(super) fn add(&mut self, at: Timestamp, id: String, by: Author, content: EntryContent) {
        self.entries.push(Entry { at, id, by, content });
    }

    /// Enters `state` at `at` for the reason `id`, which makes the entry unique.
    pub(super) fn enter(&mut self, state: State, at: Timestamp, id: &str, by: Author) {
        self.incident.state = state;
        let resolved_by = self.incident.resolution.filter(|_| state == State::Resolved).map(|resolution| resolution.by);
        let id = format!("{id}:{}:{}", state.as_str(), self.incident.reopened);
        self.add(at, id, by, EntryContent::State { state, resolved_by });
    }

    /// Applies those of `events`, in order of time, that are later than `known`. Returns the event that begins another
    /// incident, and those after it.
    fn follow<'e>(&mut self, events: &'e [Event], known: Timestamp, present: Option<&Present>) -> &'e [Event] {
        for (index, event) in events.iter().enumerate() {
            if event.at <= known {
                continue;
            }
            self.tick(event.at);
            if !self.apply(event, present) {
                return events.get(index..).unwrap_or_default();
            }
            self.incident.as_of = event.at;
        }
        &[]
    }

    /// Applies a look at a suspected outage.
    fn look(&mut self, look: &Look) {
        if self.incident.state != State::Suspected {
            return;
        }
        let content = EntryContent::Probe { healthy: look.fault.is_none(), fault: look.fault.clone() };
        self.add(look.at, format!("look:{}", self.incident.began), Author::System, content);
        match look.fault {
            Some(_) => self.open(look.at, "look"),
            None => self.enter(State::Transient, look.at, "look", Author::System),
        }
    }

    /// Compares it with the chatbot as it is at `now`, and applies what follows from the time.
    fn compare(&mut self, present: Option<&Present>, now: Timestamp) {
        match (present, self.incident.condition) {
            (None, Condition::Down(_) | Condition::Up(_)) => {
                self.tick(now);
                self.condition(Condition::Removed(now), now);
            }
            // Its event has an earlier time than another one that was applied: the clocks of two functions differ.
            (Some(present), Condition::Down(since)) if present.status == Status::Online && present.since > since => {
                self.tick(present.since);
                if self.incident.is_active() {
                    self.condition(Condition::Up(present.since), present.since);
                }
            }
            _ => {}
        }
        self.tick(now);
    }

    pub(super) fn resolve(&mut self, end: Timestamp, at: Timestamp, by: ResolvedBy) {
        self.incident.resolution = Some(Resolution { at: end, by });
        self.incident.acknowledgement = None;
        self.enter(State::Resolved, at, "time", Author::System);
    }

    /// Decides at `now` whether somebody is told that an acknowledgement ended: while the chatbot is offline, nobody looks at
    /// it, and it is not part of another incident. The event has an id of its own, so that it is told once.
    pub(super) fn remind(&mut self, now: Timestamp) {
        let Incident { id, state, condition, parent, .. } = &self.incident;
        self.reminder = match (self.lapsed, self.incident.chatbot(), state, condition) {
            (Some(lapsed), Some(chatbot), State::Open, Condition::Down(since)) if parent.is_none() => {
                let (chatbot, incident, since) = (chatbot.name.clone(), *id, *since);
                let kind = EventKind::AcknowledgementLapsed { chatbot, incident, since };
                Some(Event { id: format!("{id}-lapsed-{}", lapsed.as_millisecond()), at: now, quiet: false, kind })
            }
            _ => None,
        };
    }

    fn open(&mut self, at: Timestamp, id: &str) {
        self.incident.opened_at.get_or_insert(at);
        self.enter(State::Open, at, id, Author::System);
    }

    fn reopen(&mut self, at: Timestamp, id: &str, by: Author) {
        self.incident.reopened = self.incident.reopened.saturating_add(1);
        self.incident.acknowledgement = None;
        self.enter(State::Open, at, id, by);
    }

    /// Opens it again at `at` because `by` asks for it.
    pub(super) fn reopen_by(&mut self, at: Timestamp, id: &str, by: Author) {
        self.reopen(at, id, by);
        self.incident.opened_at.get_or_insert(at);
        self.incident.reopened_at = Some(at);
        // It resolves by itself when the chatbot stays online from now on.
        if let Condition::Up(_) = self.incident.condition {
            self.incident.condition = Condition::Up(at);
        }
    }

    /// Applies what follows from the time `now` alone, in the order in which it fell due.
    pub(super) fn tick(&mut self, now: Timestamp) {
        while let Some(at) = self.incident.next_change().filter(|at| *at <= now) {
            match (self.incident.state, self.incident.condition) {
                (State::Suspected, _) | (State::Transient, Condition::Down(_)) => self.open(at, "time"),
                (State::Open | State::Acknowledged, Condition::Removed(since)) => {
                    self.resolve(since, at, ResolvedBy::Removal);
                }
                (State::Open | State::Acknowledged, Condition::Up(since)) if since + RESOLVE_AFTER <= at => {
                    self.resolve(since, at, ResolvedBy::Itself);
                }
                (State::Acknowledged, _) => {
                    self.incident.acknowledgement = None;
                    self.lapsed = Some(at);
                    self.enter(State::Open, at, &format!("lapsed:{at}"), Author::System);
                }
                _ => return,
            }
        }
    }

    /// Applies the condition of the chatbot.
    fn condition(&mut self, condition: Condition, at: Timestamp) {
        self.incident.condition = condition;
        if self.incident.state == State::Suspected && !matches!(condition, Condition::Down(_)) {
            self.enter(State::Transient, at, "over", Author::System);
        }
    }

    /// Applies an event of the chatbot. Returns false if it begins another incident.
    fn apply(&mut self, event: &Event, present: Option<&Present>) -> bool {
        if !self.incident.is_active() {
            match &event.kind {
                EventKind::ChatbotOffline { cause, .. } if self.incident.continues(cause, event.at) => {}
                _ => return !Incident::is_begun_by(event, present),
            }
            self.reopen(event.at, &event.id, Author::System);
        }
        match &event.kind {
            EventKind::ChatbotOffline { .. } => self.incident.condition = Condition::Down(event.at),
            EventKind::ChatbotOnline { .. } => self.condition(Condition::Up(event.at), event.at),
            _ => {}
        }
        let content = EntryContent::Event { event: event.kind.clone() };
        self.add(event.at, event.id.clone(), Author::System, content);
        true
    }
}

/// The facts from which incidents of a chatbot follow.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The chatbot.
    pub chatbot: &'a Enrolment,
    /// Its events since its latest incident, in order of time.
    pub events: &'a [Event],
    /// True if more events are known than these: then the incident is not compared with the chatbot or the time yet.
    pub more: bool,
    /// The chatbot as it is; none if it was removed.
    pub present: Option<&'a Present>,
    /// The result of looking at a suspected outage again.
    pub look: Option<&'a Look>,
    /// The time.
    pub now: Timestamp,
}

/// Returns the incidents that follow from `facts` and differ from `latest`, the latest incident of the chatbot, in the order
/// in which they began. All but the last are over.
#[must_use]
pub fn follow(latest: Option<&Incident>, facts: &Facts<'_>) -> Vec<Step> {
    let Facts { chatbot, events, present, .. } = *facts;
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = events;
    if let Some(latest) = latest {
        let mut step = Step::of(latest.clone());
        // Events of one transaction have one time, and are read together.
        rest = step.follow(events, latest.as_of, present);
        steps.push(step);
    }
    while let Some((event, later)) = rest.split_first() {
        let previous = steps.last().map(|step| step.incident.id);
        rest = later;
        if let Some(mut step) = Incident::begin(event, chatbot, present, previous) {
            rest = step.follow(later, Timestamp::MIN, present);
            steps.push(step);
        }
    }
    if let Some(step) = steps.last_mut().filter(|_| !facts.more) {
        if let Some(look) = facts.look {
            step.look(look);
        }
        step.compare(present, facts.now);
    }
    for step in &mut steps {
        step.remind(facts.now);
    }
    steps.retain(|step| latest != Some(&step.incident) || !step.entries.is_empty());
    steps
}

impl Incident {
    /// Returns whether `event` begins an incident.
    fn is_begun_by(event: &Event, present: Option<&Present>) -> bool {
        present.is_some_and(|present| first_cause(event, present).is_some())
    }

    /// Returns the suspected incident that begins with `event`, and its first entries. None if the event begins none.
    /// `previous` is the incident of the chatbot before.
    #[must_use]
    pub fn begin(
        event: &Event,
        chatbot: &Enrolment,
        present: Option<&Present>,
        previous: Option<IncidentId>,
    ) -> Option<Step> {
        let present = present?;
        let (cause, family) = first_cause(event, present)?;
        let first_failed = cause.as_ref().and_then(first_failed).filter(|at| *at < event.at).unwrap_or(event.at);
        let subject = Subject::Chatbot { chatbot: chatbot.clone(), institution: present.institution.clone() };
        let id = IncidentId::new(event.at, &event.id);
        let incident = Self { first_failed, cause, family: Some(family), previous, ..Self::new(id, subject, event.at) };
        let mut step = Step::of(incident);
        step.add(event.at, event.id.clone(), Author::System, EntryContent::Event { event: event.kind.clone() });
        step.enter(State::Suspected, event.at, &event.id, Author::System);
        Some(step)
    }

    /// Returns whether an outage of this `cause` that begins at `at` is the same incident.
    fn continues(&self, cause: &Cause, at: Timestamp) -> bool {
        let end = self.resolution.filter(|_| self.state == State::Resolved).map(|resolution| resolution.at);
        let is_same_family = self.family.is_some() && self.family == Family::of(cause);
        is_same_family && end.is_some_and(|end| at.duration_since(end) <= REOPEN_WITHIN)
    }

    /// Returns when the time alone changes it next. None if nothing changes it but an event or a person.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        let lapse = self.acknowledgement.as_ref().map(|acknowledgement| acknowledgement.until);
        let over = match self.condition {
            Condition::Down(_) => None,
            // While it was dismissed, nobody noted that the chatbot came back.
            Condition::Up(since) => Some(self.reopened_at.map_or(since, |at| at.max(since)) + RESOLVE_AFTER),
            Condition::Removed(since) => Some(since),
        };
        match (self.state, self.condition) {
            (State::Suspected, _) => Some(self.began + LOOK_UNTIL),
            (State::Transient, Condition::Down(_)) => Some(self.began + TRANSIENT_UNTIL),
            (State::Open, _) => over,
            (State::Acknowledged, _) => [over, lapse].into_iter().flatten().min(),
            _ => None,
        }
    }

    /// Returns when it has to be computed anew at the latest: to be looked at again, for a triage note, or because the time
    /// changes it. An active network incident is always due, because the end of its last member ends it.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        if self.kind() == IncidentKind::Network {
            return self.is_active().then_some(self.began);
        }
        let look = (self.state == State::Suspected).then(|| self.began + LOOK_AFTER);
        look.or_else(|| [self.next_change(), self.note_due()].into_iter().flatten().min())
    }
}

/// Returns the cause and the family of the outage that `event` begins, if it begins one. The cause is none if the chatbot
/// was taken out and does not come back.
fn first_cause(event: &Event, present: &Present) -> Option<(Option<Cause>, Family)> {
    match &event.kind {
        EventKind::ChatbotOffline { cause, .. } => Some((Some(cause.clone()), Family::of(cause)?)),
        EventKind::ControlEnded { .. } if present.status == Status::Offline && present.since < event.at => {
            Some((None, Family::Unreachable))
        }
        _ => None,
    }
}

/// Returns the time of the first failed observation that is known of a cause.
fn first_failed(cause: &Cause) -> Option<Timestamp> {
    let Cause::Failing(witnesses) = cause else { return None };
    witnesses.iter().flat_map(|witness| &witness.recent).map(|observation| observation.at).min()
}
