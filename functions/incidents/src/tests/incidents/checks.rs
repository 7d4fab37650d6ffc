//! Invariants of the incidents of a chatbot.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::Status,
    health::Cause,
    incidents::{Condition, Entry, EntryContent, Incident, NOTE_EVERY, Note, State},
    notifications::Enrolment,
};
use centops_store::{StoreError, alerts::EventQuery, incidents::IncidentFilter};
use centops_table::Table;
use jiff::SignedDuration;

use super::world::now;

/// Returns the events of `chatbot`, oldest first.
async fn events(table: &Table, chatbot: &Enrolment) -> Vec<Event> {
    let mut query = EventQuery { limit: 100, ..EventQuery::default() };
    let mut events = Vec::new();
    loop {
        let page = table.store.events_of_chatbot(&chatbot.name, chatbot.enrolled_at, &query, now()).await;
        let page = page.expect("a page");
        events.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            events.reverse();
            return events;
        }
    }
}

/// Returns the timeline of `incident`.
async fn timeline(table: &Table, incident: &Incident) -> Vec<Entry> {
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = table.store.timeline(incident.id, after.as_ref(), 100).await.expect("a page");
        entries.extend(page.items);
        after = page.next;
        if after.is_none() {
            return entries;
        }
    }
}

/// Returns all incidents, newest first.
pub async fn incidents(table: &Table, filter: &IncidentFilter) -> Vec<Incident> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = table.store.incidents(filter, after, 20, now()).await.expect("a page");
        found.extend(page.items.into_iter().map(|incident| incident.value));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// Returns whether an incident may go from `from` to `to`.
fn is_rule(from: Option<State>, to: State) -> bool {
    matches!(
        (from, to),
        (None, State::Suspected)
            | (Some(State::Suspected), State::Transient | State::Open | State::Acknowledged | State::Dismissed)
            | (Some(State::Transient), State::Open | State::Acknowledged | State::Dismissed)
            | (Some(State::Open), State::Acknowledged | State::Resolved | State::Dismissed)
            | (Some(State::Acknowledged), State::Acknowledged | State::Open | State::Resolved | State::Dismissed)
            | (Some(State::Resolved | State::Dismissed), State::Open)
    )
}

/// Checks the incidents of `chatbot` at the end, when nothing is under way.
pub async fn check(table: &Table, chatbot: &Enrolment, all: &[Incident]) {
    let events = events(table, chatbot).await;
    let is_own = |of: &Enrolment| {
        of.name == chatbot.name && of.enrolled_at.as_millisecond() == chatbot.enrolled_at.as_millisecond()
    };
    let own: Vec<_> = all.iter().filter(|incident| incident.chatbot().is_some_and(is_own)).collect();
    let mut told = BTreeSet::new();
    for incident in &own {
        let entries = timeline(table, incident).await;
        check_states(incident, &entries);
        check_notes(&entries);
        let of_events = entries.iter().filter(|entry| matches!(entry.content, EntryContent::Event { .. }));
        for entry in of_events {
            assert!(told.insert(entry.id.clone()), "{} is in two incidents", entry.id);
        }
        check_is_complete(incident, &entries, &events);
    }
    for (index, event) in events.iter().enumerate() {
        // A chatbot may be removed before its event is followed: then no incident begins.
        let next = events.get(index + 1).map(|next| &next.kind);
        let is_removed = matches!(next, Some(EventKind::ChatbotRemoved { .. }));
        let is_outage = matches!(&event.kind, EventKind::ChatbotOffline { cause, .. }
            if !matches!(cause, Cause::Forced(_) | Cause::Enrolled));
        assert!(!is_outage || is_removed || told.contains(&event.id), "no incident has the outage {event:?}");
    }
    let active: Vec<_> = own.iter().filter(|incident| incident.is_active()).collect();
    assert!(active.len() <= 1, "{active:?}");
    check_end(table, chatbot, &own, &events).await;
}

fn check_states(incident: &Incident, entries: &[Entry]) {
    let mut state = None;
    for entry in entries {
        if let EntryContent::State { state: to, .. } = entry.content {
            assert!(is_rule(state, to), "{} from {state:?} to {to:?} at {}: {entries:#?}", incident.id, entry.at);
            state = Some(to);
        }
    }
    assert_eq!(state, Some(incident.state), "{entries:?}");
}

/// Checks that notes are half an hour apart at least, and that each says something else than the one before.
fn check_notes(entries: &[Entry]) {
    let notes: Vec<_> = entries.iter().filter_map(|entry| Some((entry.at, note(entry)?.digest()))).collect();
    for pair in notes.windows(2) {
        assert!(pair[1].0.duration_since(pair[0].0) >= NOTE_EVERY && pair[0].1 != pair[1].1, "{pair:?}");
    }
}

fn note(entry: &Entry) -> Option<&Note> {
    if let EntryContent::Triage { triage } = &entry.content { Some(triage) } else { None }
}

/// Checks that the timeline has every event from the beginning to the end of the incident.
fn check_is_complete(incident: &Incident, entries: &[Entry], events: &[Event]) {
    let last = entries.iter().filter(|entry| matches!(entry.content, EntryContent::Event { .. })).map(|entry| entry.at);
    let last = last.max().expect("an event");
    let has = |event: &Event| entries.iter().any(|entry| entry.id == event.id && entry.at == event.at);
    // While it was resolved, nothing belonged to it.
    let is_over_at = |event: &Event| {
        let states = entries.iter().filter(|entry| entry.at <= event.at).filter_map(|entry| match entry.content {
            EntryContent::State { state, .. } => Some((entry.at, state)),
            _ => None,
        });
        states.max_by_key(|(at, _)| *at).is_some_and(|(_, state)| {
            matches!(state, State::Resolved | State::Dismissed)
                || (state == State::Transient && incident.state == State::Transient)
        })
    };
    for event in events.iter().filter(|event| (incident.began..=last).contains(&event.at)) {
        assert!(has(event) || is_over_at(event), "{} lacks {event:?}", incident.id);
    }
}

/// Checks that the last incident is as the chatbot is.
async fn check_end(table: &Table, chatbot: &Enrolment, own: &[&Incident], events: &[Event]) {
    let Some(latest) = own.iter().max_by_key(|incident| incident.id) else { return };
    let present = match table.store.chatbot(&chatbot.name).await {
        Ok(found) if found.value.created_at == chatbot.enrolled_at => Some(found.value),
        Ok(_) => None,
        Err(error) => {
            assert!(matches!(error, StoreError::NotFound), "{error}");
            None
        }
    };
    let was_forced = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::ChatbotOffline { cause, .. } => Some(matches!(cause, Cause::Forced(_))),
        _ => None,
    });
    match present {
        None => assert!(!latest.is_active(), "{latest:?}"),
        Some(chatbot) if chatbot.status == Status::Offline => {
            let is_known = latest.is_active() || latest.state == State::Dismissed || was_forced == Some(true);
            assert!(is_known, "offline since {}: {latest:?}", chatbot.status_since);
        }
        Some(chatbot) if now().duration_since(chatbot.status_since) > SignedDuration::from_mins(10) => {
            assert!(!latest.is_active(), "online since {}: {latest:?}", chatbot.status_since);
            assert!(!matches!(latest.condition, Condition::Down(_)) || latest.state == State::Dismissed, "{latest:?}");
        }
        Some(_) => {}
    }
}
