//! The content of a note, and when it is news.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{
    alerts::{Event, EventKind},
    chatbots::{Name, Status},
    health::{Cause, CheckReason, Health},
    incidents::{
        Action, Advice, Command, EntryContent, Facts, Incident, MAX_NOTED_EVENTS, NOTE_EVERY, Note, Present, Step,
        Suggestion, TriageFacts, follow, triage,
    },
    notifications::Enrolment,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn name() -> Name {
    "tax-board".parse().expect("a name")
}

fn event(second: i64, kind: EventKind) -> Event {
    Event { id: format!("tax-board-{second}"), at: at(second), quiet: false, kind }
}

fn offline(second: i64) -> Event {
    event(second, EventKind::ChatbotOffline { chatbot: name(), cause: Cause::Unanswered(CheckReason::Silence) })
}

/// Returns the incident that is open since the 60th second.
fn open() -> Incident {
    let chatbot = Enrolment { name: name(), enrolled_at: at(-1000) };
    let present = Present { institution: "tax".parse().expect("a name"), status: Status::Offline, since: at(0) };
    let events = [offline(0)];
    let facts =
        Facts { chatbot: &chatbot, events: &events, more: false, present: Some(&present), look: None, now: at(60) };
    follow(None, &facts).remove(0).incident
}

fn note(incident: &Incident, events: &[Event], now: i64) -> Note {
    let health = Health::new(at(-1000));
    triage(&TriageFacts { incident, events, health: Some(&health), advice: None, now: at(now) })
}

fn notes(step: &Step) -> usize {
    step.entries.iter().filter(|entry| matches!(entry.content, EntryContent::Triage { .. })).count()
}

#[test]
fn note_has_the_state_the_last_events_the_probes_and_the_suggestion() {
    let incident = open();
    let settled = |second| event(second, EventKind::ChatbotSettled { chatbot: name(), status: Status::Offline });
    let events: Vec<_> = [offline(0)].into_iter().chain((1..=10).map(settled)).collect();
    let health = Health::new(at(-1000));
    let like = Suggestion { action: Action::Restarted, helped: 7, tried: 9, overall: 31, like: vec![] };
    let advice = Advice { suggestions: vec![like], by_itself: None };
    let facts =
        TriageFacts { incident: &incident, events: &events, health: Some(&health), advice: Some(&advice), now: at(70) };
    let note = triage(&facts);
    assert_eq!((note.state, note.condition), (incident.state, incident.condition));
    let kinds: Vec<_> = note.events.iter().map(|event| (event.at, event.kind.as_str())).collect();
    assert_eq!(kinds, (1..=10).map(|second| (at(second), "chatbot-settled")).collect::<Vec<_>>());
    assert_eq!(note.probes.as_ref().map(|probes| probes.failed), Some(0));
    let suggestion = note.suggestion.as_ref().expect("a suggestion");
    assert_eq!((suggestion.action, suggestion.helped, suggestion.tried), (Action::Restarted, 7, 9));
    let json = serde_json::to_string(&note).expect("JSON");
    assert_eq!(serde_json::from_str::<Note>(&json).expect("as written"), note);
    assert!(json.len() < 2000, "{} bytes", json.len());
}

#[test]
fn note_is_due_when_the_incident_is_open_and_then_each_half_hour_until_it_is_over() {
    let incident = open();
    assert_eq!((incident.note_due(), incident.due()), (Some(at(60)), Some(at(60))));
    let first = incident.with_note(note(&incident, &[offline(0)], 70), at(70));
    assert_eq!((notes(&first), first.incident.note_due()), (1, Some(at(70) + NOTE_EVERY)));
    // Nothing changed: the time moves on, and the timeline stays.
    let later = at(70) + NOTE_EVERY;
    let second = first.incident.with_note(note(&first.incident, &[offline(0)], 1870), later);
    assert_eq!((notes(&second), second.incident.note_due()), (0, Some(later + NOTE_EVERY)));
    let settled = event(1900, EventKind::ChatbotSettled { chatbot: name(), status: Status::Offline });
    let third = second.incident.with_note(note(&second.incident, &[offline(0), settled], 3670), later + NOTE_EVERY);
    assert_eq!(notes(&third), 1);

    let part = Incident { parent: Some(incident.id), ..incident.clone() };
    let by = crate::incidents::Author::Staff("anna".to_owned());
    let dismissed = incident.command(&Command::Dismiss, &by, "request", at(80)).expect("allowed").incident;
    for other in [part, dismissed] {
        assert_eq!(other.note_due(), None, "{other:?}");
    }
    let hour = Command::Acknowledge(SignedDuration::from_hours(1));
    let acknowledged = incident.command(&hour, &by, "request", at(80)).expect("allowed").incident;
    let changed = first.incident.command(&hour, &by, "request", at(80)).expect("allowed").incident;
    assert_eq!(acknowledged.note_due(), Some(at(60)));
    assert_eq!(notes(&changed.with_note(note(&changed, &[offline(0)], 1870), later)), 1, "another state");
}

proptest! {
    #[test]
    fn note_is_bounded_and_news_of_it_are_what_its_digest_says(
        seconds in prop::collection::vec(0_i64..5000, 0..40),
        later in 0_i64..5000,
    ) {
        let incident = open();
        let mut events: Vec<_> = seconds.into_iter().map(offline).collect();
        events.sort_by_key(|event| event.at);
        let (one, other) = (note(&incident, &events, 100), note(&incident, &events, 100 + later));
        prop_assert!(one.events.len() <= MAX_NOTED_EVENTS);
        prop_assert_eq!(one.digest(), other.digest(), "time alone is no news");
        let before = incident.with_note(one, at(100)).incident;
        prop_assert_eq!(notes(&before.with_note(other, at(100 + later))), 0);
        events.push(offline(6000));
        prop_assert_eq!(notes(&before.with_note(note(&before, &events, 6001), at(6001))), 1);
    }
}
