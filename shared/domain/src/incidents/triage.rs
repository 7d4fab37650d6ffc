//! The triage note: what somebody needs who begins to look at an incident, as one entry of its timeline.

use jiff::Timestamp;

use super::{
    advice::PastId,
    entry::{Author, EntryContent},
    incident::{Incident, Noted},
    life::Step,
    next_action::Advice,
    note::{MAX_NOTED_EVENTS, MAX_NOTED_OBSERVERS, Note, NotedEvent, NotedObserver, NotedProbes, NotedSuggestion},
};
use crate::{
    alerts::{event::Event, event_type::EventType},
    health::{circuit::Circuit, state::Health},
};

/// The facts of a note.
#[derive(Clone, Copy, Debug)]
pub struct TriageFacts<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// The latest events of its chatbot, in order of time.
    pub events: &'a [Event],
    /// The health of the chatbot; none if it was removed.
    pub health: Option<&'a Health>,
    /// The advice about the incident, from similar ones.
    pub advice: Option<&'a Advice<PastId>>,
    /// The time.
    pub now: Timestamp,
}

/// Returns the note that follows from `facts`.
#[must_use]
pub fn triage(facts: &TriageFacts<'_>) -> Note {
    let TriageFacts { incident, events, health, advice, now } = *facts;
    let first = events.len().saturating_sub(MAX_NOTED_EVENTS);
    let event = |event: &Event| NotedEvent { at: event.at, kind: EventType::from(&event.kind).as_str().to_owned() };
    let suggestion = advice.and_then(|advice| advice.suggestions.first());
    Note {
        state: incident.state,
        condition: incident.condition,
        events: events.iter().skip(first).map(event).collect(),
        observers: health.map(observers).unwrap_or_default(),
        probes: health.and_then(|health| probes(&health.circuit(now))),
        suggestion: suggestion.map(|one| NotedSuggestion { action: one.action, helped: one.helped, tried: one.tried }),
    }
}

fn observers(health: &Health) -> Vec<NotedObserver> {
    let all = health.observers().iter().take(MAX_NOTED_OBSERVERS);
    all.map(|(observer, state)| NotedObserver {
        observer: observer.clone(),
        silent: state.is_silent(),
        last_seen: state.report_interval().last_seen(),
        last_failure: state.recent().last().map(|failure| failure.at),
    })
    .collect()
}

fn probes(circuit: &Circuit) -> Option<NotedProbes> {
    Some(match circuit {
        Circuit::Closed { .. } => return None,
        Circuit::Open { failures, relapses, next_probe, .. } => {
            NotedProbes { failed: failures.saturating_sub(*relapses), next: Some(*next_probe) }
        }
        Circuit::HalfOpen { failures, relapses, .. } => {
            NotedProbes { failed: failures.saturating_sub(*relapses), next: None }
        }
    })
}

impl Incident {
    /// Returns the incident with `note`, made at `now`. Its timeline gets it if it says something new.
    #[must_use]
    pub fn with_note(&self, note: Note, now: Timestamp) -> Step {
        let digest = note.digest();
        let is_news = self.noted.as_ref().is_none_or(|noted| noted.digest != digest);
        let mut step = Step::of(Self { noted: Some(Noted { at: now, digest }), ..self.clone() });
        if is_news {
            step.add(now, format!("note:{now}"), Author::System, EntryContent::Triage { triage: note });
        }
        step
    }
}

#[cfg(test)]
mod tests;
