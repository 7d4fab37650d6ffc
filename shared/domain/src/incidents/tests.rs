//! Cases of incidents, and what holds for every history.

mod rules;

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;

use super::{
    Action, Attempt, Author, Command, Condition, Entry, EntryContent, Figures, Incident, Look, Present, Refusal,
    ResolvedBy, Spread, State, Step,
    life::{self, Facts, LOOK_UNTIL, RESOLVE_AFTER},
};
use crate::{
    alerts::{Event, EventKind},
    callers::Scope,
    chatbots::{Name, Status},
    health::{Cause, CheckReason},
    notifications::{Address, Channel, Enrolment, LastNotified, SubscriptionId},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn name() -> Name {
    "tax-board".parse().expect("a name")
}

fn chatbot() -> Enrolment {
    Enrolment { name: name(), enrolled_at: at(-1000) }
}

fn event(second: i64, kind: EventKind) -> Event {
    Event { id: format!("tax-board-{second}"), at: at(second), quiet: false, kind }
}

fn offline(second: i64) -> Event {
    event(second, EventKind::ChatbotOffline { chatbot: name(), cause: Cause::Unanswered(CheckReason::Silence) })
}

fn online(second: i64) -> Event {
    event(second, EventKind::ChatbotOnline { chatbot: name(), was: Status::Offline })
}

fn present(status: Status, since: i64) -> Present {
    Present { institution: "tax".parse().expect("a name"), status, since: at(since) }
}

/// Returns the chatbot as `events` leave it.
fn present_after(events: &[Event]) -> Present {
    let last = events.iter().rev().find_map(|event| match event.kind {
        EventKind::ChatbotOffline { .. } => Some((Status::Offline, event.at)),
        EventKind::ChatbotOnline { .. } => Some((Status::Online, event.at)),
        _ => None,
    });
    let (status, since) = last.unwrap_or((Status::Online, at(-900)));
    Present { status, since, ..present(Status::Online, 0) }
}

/// Returns the last incident that follows from `events` at `now`, seen at once.
fn seen(events: &[Event], now: i64) -> Incident {
    let steps = follow(None, events, Some(&present_after(events)), None, at(now));
    steps.last().expect("an incident").incident.clone()
}

fn follow(
    latest: Option<&Incident>,
    events: &[Event],
    present: Option<&Present>,
    look: Option<&Look>,
    now: Timestamp,
) -> Vec<Step> {
    life::follow(latest, &Facts { chatbot: &chatbot(), events, more: false, present, look, now })
}

fn staff() -> Author {
    Author::Staff("anna".to_owned())
}

fn command(incident: &Incident, command: &Command, now: i64) -> Result<Step, Refusal> {
    incident.command(command, &staff(), "request", at(now))
}

#[test]
fn outage_that_is_over_before_the_look_is_transient() {
    let incident = seen(&[offline(0), online(3)], 4);
    assert_eq!((incident.state, incident.opened_at), (State::Transient, None));
    assert!(!incident.is_active());
}

#[test]
fn outage_that_answers_the_look_is_transient_and_one_that_stays_is_opened() {
    let (events, is) = ([offline(0)], present(Status::Offline, 0));
    let look = |fault: Option<&str>| Look { at: at(5), fault: fault.map(str::to_owned) };
    let looked = |look: &Look, now| follow(None, &events, Some(&is), Some(look), at(now)).remove(0).incident;
    let healthy = looked(&look(None), 6);
    assert_eq!((healthy.state, healthy.is_active()), (State::Transient, true));
    assert_eq!(healthy.due(), Some(at(120)));
    let stays = looked(&look(None), 120);
    assert_eq!((stays.state, stays.opened_at), (State::Open, Some(at(120))));
    let faulty = looked(&look(Some("503")), 6);
    assert_eq!((faulty.state, faulty.opened_at), (State::Open, Some(at(5))));
}

#[test]
fn suspected_outage_that_nobody_looks_at_is_opened_after_a_minute() {
    assert_eq!(seen(&[offline(0)], 59).state, State::Suspected);
    let incident = seen(&[offline(0)], 60);
    assert_eq!((incident.state, incident.opened_at), (State::Open, Some(at(0) + LOOK_UNTIL)));
}

#[test]
fn incident_resolves_when_the_chatbot_was_online_for_five_minutes() {
    let events = [offline(0), online(100)];
    assert_eq!(seen(&events, 399).state, State::Open);
    let incident = seen(&events, 400);
    let resolution = incident.resolution.expect("a resolution");
    assert_eq!((incident.state, resolution.at, resolution.by), (State::Resolved, at(100), ResolvedBy::Itself));
}

#[test]
fn chatbot_that_flaps_each_minute_has_one_open_incident() {
    let events: Vec<_> =
        (0..1440).map(|minute| if minute % 2 == 0 { offline(minute * 60) } else { online(minute * 60) }).collect();
    let steps = follow(None, &events, Some(&present_after(&events)), None, at(86_400));
    let incidents: Vec<_> = steps.iter().map(|step| step.incident.id).collect();
    assert_eq!(incidents.len(), 1);
    assert_eq!((steps[0].incident.state, steps[0].incident.reopened), (State::Open, 0));
}

#[test]
fn outage_within_half_an_hour_reopens_and_a_later_one_is_another_incident_that_names_the_first() {
    let first = seen(&[offline(0), online(100)], 1000);
    let reopened = seen(&[offline(0), online(100), offline(1900)], 1900);
    assert_eq!((reopened.id, reopened.state, reopened.reopened), (first.id, State::Open, 1));
    let other = seen(&[offline(0), online(100), offline(1901)], 1901);
    assert_eq!((other.previous, other.state, other.reopened), (Some(first.id), State::Suspected, 0));
}

#[test]
fn outage_of_another_family_is_another_incident() {
    let cause = Cause::Unanswered(CheckReason::OwnLog);
    let log = event(500, EventKind::ChatbotOffline { chatbot: name(), cause });
    let other = seen(&[offline(0), online(100), log], 500);
    assert_eq!(other.reopened, 0);
    assert!(other.previous.is_some());
}

/// Case 28.
#[test]
fn acknowledgement_after_the_resolve_changes_nothing_but_the_timeline() {
    let resolved = seen(&[offline(0), online(100)], 400);
    let step = command(&resolved, &Command::Acknowledge(SignedDuration::from_hours(4)), 401).expect("allowed");
    assert_eq!(step.incident, resolved);
    assert_eq!(step.entries.len(), 1);
    assert_eq!(step.entries[0].content, EntryContent::LateAcknowledgement);
}

#[test]
fn acknowledgement_lapses_and_the_incident_is_open_again() {
    let open = seen(&[offline(0)], 100);
    let step = command(&open, &Command::Acknowledge(SignedDuration::from_hours(4)), 200).expect("allowed");
    let incident = step.incident;
    assert_eq!((incident.state, incident.next_change()), (State::Acknowledged, Some(at(200 + 4 * 3600))));
    let is = present(Status::Offline, 0);
    let later = follow(Some(&incident), &[offline(0)], Some(&is), None, at(200 + 4 * 3600)).remove(0);
    assert_eq!((later.incident.state, later.incident.acknowledgement), (State::Open, None));
    assert_eq!(later.incident.first_acknowledged_at, Some(at(200)));
}

/// Returns the reminders of `steps`.
fn reminders(steps: &[Step]) -> Vec<(String, Timestamp)> {
    steps.iter().filter_map(|step| step.reminder.as_ref()).map(|event| (event.id.clone(), event.at)).collect()
}

#[test]
fn end_of_an_acknowledgement_is_told_once_and_only_while_nobody_looks_at_the_outage() {
    let (open, lapse) = (seen(&[offline(0)], 100), 200 + 4 * 3600);
    let acknowledged =
        command(&open, &Command::Acknowledge(SignedDuration::from_hours(4)), 200).expect("allowed").incident;
    let is = present(Status::Offline, 0);
    let followed = |incident: &Incident, events: &[Event], is: &Present, now| {
        follow(Some(incident), events, Some(is), None, at(now))
    };
    assert_eq!(reminders(&followed(&acknowledged, &[offline(0)], &is, lapse - 1)), []);
    let lapsed = followed(&acknowledged, &[offline(0)], &is, lapse + 40);
    let id = format!("{}-lapsed-{}", open.id, at(lapse).as_millisecond());
    assert_eq!(reminders(&lapsed), [(id, at(lapse + 40))]);
    assert_eq!(reminders(&followed(&lapsed[0].incident, &[offline(0)], &is, lapse + 41)), []);

    let part = Incident { parent: Some(open.id), ..acknowledged.clone() };
    assert_eq!(reminders(&followed(&part, &[offline(0)], &is, lapse)), [], "part of another");
    for back in [lapse - 100, lapse] {
        let events = [offline(0), online(back)];
        let steps = followed(&acknowledged, &events, &present_after(&events), lapse + 40);
        assert_eq!(reminders(&steps), [], "it is back since {back}");
    }
    let resolved = [offline(0), online(300)];
    assert_eq!(reminders(&followed(&acknowledged, &resolved, &present_after(&resolved), lapse)), [], "over");

    // A command comes first to learn of the end.
    let then = |command| lapsed[0].clone().then(&command, &staff(), "request", at(lapse + 40)).expect("allowed");
    assert_eq!(reminders(&[then(Command::Note("it restarts".to_owned()))]).len(), 1);
    for command in [Command::Acknowledge(SignedDuration::from_hours(1)), Command::Dismiss] {
        assert_eq!(reminders(&[then(command)]), []);
    }
}

#[test]
fn incident_is_resolved_by_hand_only_while_the_chatbot_is_online() {
    let action = Attempt { action: Action::RolledBack, helped: true };
    let open = seen(&[offline(0)], 100);
    assert_eq!(command(&open, &Command::Resolve(Some(action)), 101), Err(Refusal::StillDown));
    let back = seen(&[offline(0), online(100)], 101);
    let step = command(&back, &Command::Resolve(Some(action)), 110).expect("allowed");
    let resolution = step.incident.resolution.expect("a resolution");
    assert_eq!((step.incident.state, resolution.at, resolution.by), (State::Resolved, at(100), ResolvedBy::Person));
    assert_eq!(step.incident.action, Some(action));
    let other = Attempt { action: Action::Host, helped: false };
    let again = command(&step.incident, &Command::Resolve(Some(other)), 5000).expect("what was done is said later");
    assert_eq!((again.incident.resolution, again.incident.action), (step.incident.resolution, Some(other)));
}

#[test]
fn incident_that_a_person_reopens_resolves_when_the_chatbot_stays_online_from_then_on() {
    let resolved = seen(&[offline(0), online(100)], 400);
    let step = command(&resolved, &Command::Reopen, 1000).expect("allowed");
    assert_eq!((step.incident.state, step.incident.reopened), (State::Open, 1));
    assert_eq!(step.incident.next_change(), Some(at(1000) + RESOLVE_AFTER));
    assert_eq!(command(&step.incident, &Command::Reopen, 1001), Err(Refusal::NotOver));
}

#[test]
fn incident_of_a_removed_chatbot_is_resolved_by_the_removal() {
    let open = seen(&[offline(0)], 100);
    let step = follow(Some(&open), &[offline(0)], None, None, at(200)).remove(0);
    let resolution = step.incident.resolution.expect("a resolution");
    assert_eq!((step.incident.state, resolution.by, resolution.at), (State::Resolved, ResolvedBy::Removal, at(200)));
    assert_eq!(step.incident.condition, Condition::Removed(at(200)));
}

#[test]
fn chatbot_that_was_taken_out_has_an_incident_only_if_it_does_not_come_back() {
    let forced = event(0, EventKind::ChatbotOffline { chatbot: name(), cause: Cause::Forced("work".to_owned()) });
    let ended = event(3600, EventKind::ControlEnded { chatbot: name() });
    let is = present(Status::Offline, 0);
    assert_eq!(follow(None, std::slice::from_ref(&forced), Some(&is), None, at(10)), vec![]);
    let steps = follow(None, &[forced.clone(), ended.clone()], Some(&is), None, at(3600));
    assert_eq!((steps.len(), steps[0].incident.began), (1, at(3600)));
    let back = present(Status::Online, 3605);
    assert_eq!(follow(None, &[forced, ended], Some(&back), None, at(3606)), vec![]);
}

#[test]
fn merged_incident_is_silent_part_of_another_until_it_is_split() {
    let (one, other) = (seen(&[offline(0)], 100), seen(&[offline(50)], 150));
    let (member, parent) = one.merged(&other, &staff(), "request", at(200)).expect("allowed");
    assert_eq!((member.incident.parent, parent.incident.members.len()), (Some(other.id), 1));
    assert_eq!(one.merged(&one, &staff(), "r", at(200)), Err(Refusal::Nested));
    assert_eq!(parent.incident.merged(&one, &staff(), "r", at(200)), Err(Refusal::Nested));
    let (member, parent) = member.incident.split(&parent.incident, &staff(), "request-2", at(300)).expect("allowed");
    assert_eq!((&member.incident, &parent.incident), (&Incident { is_separate: true, ..one.clone() }, &other));
    assert_eq!(one.split(&other, &staff(), "r", at(300)), Err(Refusal::NotMerged));
}

#[test]
fn figures_count_what_people_were_asked_to_look_at() {
    let transient = seen(&[offline(0), online(3)], 4);
    let open = seen(&[offline(0)], 100);
    let step = command(&open, &Command::Acknowledge(SignedDuration::from_hours(1)), 180).expect("allowed");
    let resolved = seen(&[offline(0), online(660)], 960);
    let part = Incident { parent: Some(open.id), ..open.clone() };
    let dismissed = command(&open, &Command::Dismiss, 200).expect("allowed").incident;
    let early = Incident { first_failed: at(-20), ..open.clone() };
    let figures = Figures::new([&transient, &step.incident, &resolved, &part, &dismissed, &early]);
    assert_eq!((figures.incidents, figures.unresolved), (3, 2));
    // Nobody looked at them, so they were opened after a minute.
    let seconds = |spread: Spread| (spread.count, spread.median_seconds, spread.p90_seconds);
    assert_eq!(seconds(figures.detection), (3, Some(60), Some(80)));
    assert_eq!(seconds(figures.acknowledgement), (1, Some(120), Some(120)));
    assert_eq!(seconds(figures.resolution), (1, Some(600), Some(600)));
}

#[test]
fn owners_see_those_who_were_told_of_own_institutions_and_staff_sees_all() {
    let told = |institution: Option<&str>| Entry {
        at: at(0),
        id: "told:m".to_owned(),
        by: Author::System,
        content: EntryContent::Notified {
            subscription: SubscriptionId::new(None, &Address::new(Channel::Sms, "+3725550000").expect("an address")),
            institution: institution.map(|text| text.parse().expect("a name")),
            channel: Channel::Sms,
            status: LastNotified::Offline,
        },
    };
    let own = std::collections::BTreeSet::from(["tax".parse().expect("a name")]);
    for (institution, owner) in [(Some("tax"), true), (Some("ria"), false), (None, false)] {
        let entry = told(institution);
        assert_eq!(
            (entry.is_visible(Scope::All), entry.is_visible(Scope::Only(&own))),
            (true, owner),
            "{institution:?}"
        );
        assert!(!serde_json::to_string(&entry).expect("JSON").contains("5550000"), "no address");
    }
}

#[test]
fn incident_covers_its_outage_and_its_end_and_nothing_after_it() {
    let open = seen(&[offline(0)], 100);
    assert!(open.covers(at(0)) && open.covers(at(50)) && !open.covers(at(-1)));
    let resolved = seen(&[offline(0), online(100)], 1000);
    assert!(resolved.covers(at(0)) && resolved.covers(at(100)) && !resolved.covers(at(101)));
}

/// Events of a chatbot that goes offline and comes back, with the seconds between them.
fn histories() -> impl Strategy<Value = Vec<Event>> {
    let gap = prop_oneof![1_i64..40, 40_i64..400, 400_i64..4000];
    prop::collection::vec((gap, 0_u8..8), 1..40).prop_map(|gaps| {
        let (mut second, mut down) = (0, false);
        gaps.into_iter()
            .enumerate()
            .map(|(index, (gap, kind))| {
                // One transaction may raise several events of one time.
                second += if kind == 0 { 0 } else { gap };
                let event = |second, kind| Event { id: format!("e-{index}"), ..event(second, kind) };
                match kind {
                    0 => event(second, EventKind::ChatbotFlapping { chatbot: name(), status: Status::Online }),
                    1 if !down => {
                        down = true;
                        let cause = Cause::Unanswered(CheckReason::OwnLog);
                        event(second, EventKind::ChatbotOffline { chatbot: name(), cause })
                    }
                    _ if down => {
                        down = false;
                        event(second, online(second).kind)
                    }
                    _ => {
                        down = true;
                        event(second, offline(second).kind)
                    }
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn incidents_do_not_depend_on_when_they_are_computed(events in histories(), cuts in prop::collection::vec(0_i64..900, 0..60)) {
        let end = events.last().expect("events").at + 2.hours();
        let at_once = follow(None, &events, Some(&present_after(&events)), None, end);
        let mut stored: Vec<Incident> = Vec::new();
        let mut entries = std::collections::BTreeMap::new();
        let mut now = events[0].at;
        let times: Vec<_> = cuts.iter().map(|cut| { now += cut.seconds(); now }).take_while(|now| *now < end).chain([end]).collect();
        for now in times {
            let known: Vec<_> = events.iter().filter(|event| event.at <= now).cloned().collect();
            let latest = stored.last().cloned();
            for step in follow(latest.as_ref(), &known, Some(&present_after(&known)), None, now) {
                stored.retain(|incident| incident.id != step.incident.id);
                stored.push(step.incident);
                entries.extend(step.entries.into_iter().map(|entry| ((entry.at, entry.id.clone()), entry)));
            }
        }
        let expected: Vec<_> = at_once.iter().map(|step| step.incident.clone()).collect();
        prop_assert_eq!(stored, expected);
        let expected: Vec<_> = at_once.iter().flat_map(|step| &step.entries).collect();
        prop_assert_eq!(entries.len(), expected.len(), "ids are unique");
        for entry in expected {
            prop_assert_eq!(entries.get(&(entry.at, entry.id.clone())), Some(entry));
        }
    }

    #[test]
    fn each_outage_is_in_one_incident(events in histories()) {
        let end = events.last().expect("events").at + 2.hours();
        let steps = follow(None, &events, Some(&present_after(&events)), None, end);
        for event in events.iter().filter(|event| matches!(event.kind, EventKind::ChatbotOffline { .. })) {
            let of = steps.iter().filter(|step| step.entries.iter().any(|entry| entry.id == event.id));
            prop_assert_eq!(of.count(), 1);
        }
        let active = steps.iter().filter(|step| step.incident.is_active()).count();
        prop_assert_eq!(active, usize::from(present_after(&events).status == Status::Offline));
    }
}
