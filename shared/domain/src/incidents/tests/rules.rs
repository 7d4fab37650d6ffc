//! The rules of docs/incidents.md, each at its edge, and what each leaves in the timeline.

use super::*;
use crate::{
    health::{Counts, Detector, Witness},
    incidents::Entry,
    ingestion::{CodeError, Observation, Observer, Signal},
};

/// Returns the contents of `entries`.
fn contents(entries: &[Entry]) -> Vec<EntryContent> {
    entries.iter().map(|entry| entry.content.clone()).collect()
}

fn state(state: State) -> EntryContent {
    EntryContent::State { state, resolved_by: None }
}

fn acknowledge() -> Command {
    Command::Acknowledge(SignedDuration::from_hours(4))
}

/// Returns the incident after `asked`, which is allowed.
fn after_command(incident: &Incident, asked: &Command, now: i64) -> Incident {
    command(incident, asked, now).expect("allowed").incident
}

#[test]
fn suspected_outage_is_looked_at_after_five_seconds_and_the_look_is_in_the_timeline() {
    assert_eq!(seen(&[offline(0)], 1).due(), Some(at(5)));
    let is = present(Status::Offline, 0);
    for (fault, then) in [(None, State::Transient), (Some("503".to_owned()), State::Open)] {
        let look = Look { at: at(5), fault: fault.clone() };
        let step = follow(Some(&seen(&[offline(0)], 1)), &[offline(0)], Some(&is), Some(&look), at(5)).remove(0);
        let probe = EntryContent::Probe { healthy: fault.is_none(), fault };
        assert_eq!(contents(&step.entries), [probe, state(then)]);
    }
}

#[test]
fn look_changes_nothing_but_a_suspected_outage() {
    let (open, is) = (seen(&[offline(0)], 100), present(Status::Offline, 0));
    let look = Look { at: at(101), fault: None };
    assert_eq!(follow(Some(&open), &[offline(0)], Some(&is), Some(&look), at(101)), vec![]);
}

#[test]
fn suspected_outage_of_a_removed_chatbot_is_transient() {
    let removed = follow(Some(&seen(&[offline(0)], 1)), &[offline(0)], None, None, at(3)).remove(0).incident;
    assert_eq!((removed.state, removed.condition), (State::Transient, Condition::Removed(at(3))));
    assert!(!removed.is_active());
}

#[test]
fn incident_that_is_followed_again_does_not_change() {
    for events in [vec![offline(0)], vec![offline(0), online(100)]] {
        let (incident, is) = (seen(&events, 120), present_after(&events));
        assert_eq!(follow(Some(&incident), &events, Some(&is), None, at(120)), vec![]);
    }
}

#[test]
fn time_is_applied_only_when_every_event_is_known() {
    let (events, is) = ([offline(0)], present(Status::Offline, 0));
    let facts = |more| {
        let now = at(100);
        life::follow(None, &Facts { chatbot: &chatbot(), events: &events, more, present: Some(&is), look: None, now })
    };
    assert_eq!([true, false].map(|more| facts(more).remove(0).incident.state), [State::Suspected, State::Open]);
}

#[test]
fn chatbot_that_is_back_without_a_later_event_is_back_since_its_status_says_so() {
    let (open, is) = (seen(&[offline(0)], 100), present(Status::Online, 150));
    let step = follow(Some(&open), &[offline(0)], Some(&is), None, at(450)).remove(0);
    let resolution = step.incident.resolution.expect("a resolution");
    assert_eq!((step.incident.state, resolution.at), (State::Resolved, at(150)));
}

#[test]
fn dismissed_incident_follows_nothing_and_the_next_outage_is_another_one() {
    let back = [offline(0), online(100)];
    for (events, now) in [(&back[..1], 90), (&back[..], 150)] {
        let dismissed = after_command(&seen(events, now), &Command::Dismiss, 160);
        let is = present(Status::Online, 100);
        for step in follow(Some(&dismissed), &back, Some(&is), None, at(170)) {
            // It only knows one event more.
            let incident = Incident { as_of: dismissed.as_of, ..step.incident };
            assert_eq!((&incident, step.entries), (&dismissed, vec![]));
        }
        let again = [offline(0), online(100), offline(200)];
        let steps = follow(Some(&dismissed), &again, Some(&present_after(&again)), None, at(200));
        let next = steps.last().expect("another incident");
        assert_eq!((next.incident.previous, next.incident.reopened), (Some(dismissed.id), 0));
    }
}

#[test]
fn override_that_ends_begins_an_incident_only_of_an_outage_that_it_hid() {
    let ended = [event(3600, EventKind::ControlEnded { chatbot: name() })];
    for (status, since, begins) in [
        (Status::Offline, 3599, 1),
        // It went offline afterwards, for which there is an event of its own.
        (Status::Offline, 3600, 0),
        (Status::Online, 3599, 0),
    ] {
        let steps = follow(None, &ended, Some(&present(status, since)), None, at(3600));
        assert_eq!(steps.len(), begins, "{status:?} {since}");
    }
}

#[test]
fn first_failed_observation_is_the_earliest_before_the_outage() {
    let failing = |seconds: &[i64]| {
        let observed = |second: &i64| Observation {
            at: at(*second),
            signal: Signal::Code { result: Err(CodeError::Timeout), millis: None },
        };
        let witness = Witness {
            observer: Observer::Chatbot,
            by: Detector::FailureRate,
            counts: Counts::default(),
            score: 0,
            recent: seconds.iter().map(observed).collect(),
        };
        let cause = Cause::Failing(vec![witness]);
        seen(&[event(0, EventKind::ChatbotOffline { chatbot: name(), cause })], 1).first_failed
    };
    assert_eq!(failing(&[-10, -20, -5]), at(-20));
    assert_eq!(failing(&[7]), at(0), "the clock of the observer is fast");
    assert_eq!(failing(&[]), at(0));
}

#[test]
fn acknowledgement_names_the_person_is_an_opening_and_the_first_one_counts() {
    let suspected = seen(&[offline(0)], 3);
    let step = command(&suspected, &acknowledge(), 4).expect("allowed");
    let acknowledgement = step.incident.acknowledgement.clone().expect("an acknowledgement");
    assert_eq!((acknowledgement.by.as_str(), acknowledgement.until), ("anna", at(4 + 4 * 3600)));
    assert_eq!((step.incident.opened_at, contents(&step.entries)), (Some(at(4)), vec![state(State::Acknowledged)]));
    assert_eq!(step.entries[0].by, staff());
    let again = after_command(&step.incident, &acknowledge(), 600);
    assert_eq!((again.first_acknowledged_at, again.opened_at), (Some(at(4)), Some(at(4))));
    assert_eq!(again.next_change(), Some(at(600 + 4 * 3600)), "the last one holds");
}

#[test]
fn acknowledgement_that_lapses_is_in_the_timeline_and_the_end_takes_it() {
    let acknowledged = after_command(&seen(&[offline(0)], 100), &acknowledge(), 200);
    let is = present(Status::Offline, 0);
    let lapsed = follow(Some(&acknowledged), &[offline(0)], Some(&is), None, at(200 + 4 * 3600)).remove(0);
    assert_eq!(contents(&lapsed.entries), [state(State::Open)]);
    assert_eq!(lapsed.entries[0].at, at(200 + 4 * 3600));
    let back = [offline(0), online(300)];
    let over = follow(Some(&acknowledged), &back, Some(&present_after(&back)), None, at(600)).remove(0).incident;
    assert_eq!((over.state, over.acknowledgement), (State::Resolved, None));
    let dismissed = after_command(&acknowledged, &Command::Dismiss, 300);
    assert_eq!((dismissed.state, dismissed.acknowledgement), (State::Dismissed, None));
    let online = follow(Some(&acknowledged), &back, Some(&present_after(&back)), None, at(310)).remove(0).incident;
    let by_hand = after_command(&online, &Command::Resolve(None), 320);
    assert_eq!((by_hand.state, by_hand.acknowledgement), (State::Resolved, None));
}

#[test]
fn each_command_is_in_the_timeline_once() {
    let open = seen(&[offline(0), online(100)], 101);
    let entries = |incident: &Incident, asked: &Command| {
        let step = command(incident, asked, 110).expect("allowed");
        (contents(&step.entries), step.incident)
    };
    let kati = Command::Assign(Some("kati".to_owned()));
    let (assigned, of_kati) = entries(&open, &kati);
    assert_eq!(assigned, [EntryContent::Assigned { assignee: Some("kati".to_owned()) }]);
    assert_eq!(of_kati.assignee.as_deref(), Some("kati"));
    assert_eq!(entries(&of_kati, &kati), (vec![], of_kati.clone()), "nothing changes");
    assert_eq!(entries(&of_kati, &Command::Assign(None)).1.assignee, None);
    let note = Command::Note("The host restarts.".to_owned());
    assert_eq!(
        entries(&open, &note),
        (vec![EntryContent::Note { text: "The host restarts.".to_owned() }], open.clone())
    );
    let action = Attempt { action: Action::Restarted, helped: true };
    let resolved = EntryContent::State { state: State::Resolved, resolved_by: Some(ResolvedBy::Person) };
    let (done, _) = entries(&open, &Command::Resolve(Some(action)));
    assert_eq!(done, [EntryContent::Action(action), resolved]);
    assert_eq!(entries(&open, &Command::Dismiss).0, [state(State::Dismissed)]);
}

#[test]
fn command_is_refused_that_the_state_does_not_allow() {
    let open = seen(&[offline(0)], 100);
    let dismissed = after_command(&open, &Command::Dismiss, 110);
    let transient = seen(&[offline(0), online(3)], 4);
    let removed = follow(Some(&open), &[offline(0)], None, None, at(200)).remove(0).incident;
    for (incident, asked, refusal) in [
        (&dismissed, Command::Resolve(None), Refusal::NotOpen),
        (&transient, Command::Resolve(None), Refusal::NotOpen),
        (&dismissed, Command::Dismiss, Refusal::NotOpen),
        (&transient, Command::Dismiss, Refusal::NotOpen),
        (&removed, Command::Reopen, Refusal::NotOpen),
        (&open, Command::Reopen, Refusal::NotOver),
    ] {
        assert_eq!(command(incident, &asked, 300), Err(refusal), "{asked:?} of {:?}", incident.state);
    }
    assert_eq!((open.check_latest(open.id), open.check_latest(transient.id)), (Ok(()), Ok(())), "both began at once");
    let later = seen(&[offline(50)], 150);
    assert_eq!(open.check_latest(later.id), Err(Refusal::Later));
}

#[test]
fn transient_incident_that_a_person_reopens_is_opened_by_that() {
    let reopened = after_command(&seen(&[offline(0), online(3)], 4), &Command::Reopen, 60);
    assert_eq!((reopened.state, reopened.opened_at, reopened.reopened), (State::Open, Some(at(60)), 1));
}

#[test]
fn incident_that_was_dismissed_before_its_end_and_is_reopened_resolves_five_minutes_after_that() {
    let dismissed = after_command(&seen(&[offline(0)], 100), &Command::Dismiss, 110);
    let reopened = after_command(&dismissed, &Command::Reopen, 5000);
    let (events, is) = ([offline(0), online(200)], present(Status::Online, 200));
    let followed = follow(Some(&reopened), &events, Some(&is), None, at(5001)).remove(0).incident;
    assert_eq!((followed.state, followed.next_change()), (State::Open, Some(at(5300))));
    let over = follow(Some(&followed), &events, Some(&is), None, at(5300)).remove(0);
    assert_eq!((over.incident.state, over.entries[0].at), (State::Resolved, at(5300)));
    assert_eq!(over.incident.resolution.map(|resolution| resolution.at), Some(at(200)), "when it came back");
}

#[test]
fn merge_has_one_level_and_both_changes_are_in_the_timeline_of_the_part() {
    let of = |second| seen(&[offline(second)], second + 100);
    let (one, parent, other) = (of(0), of(50), of(70));
    let (part, whole) = one.merged(&parent, &staff(), "request", at(300)).expect("allowed");
    assert_eq!((contents(&part.entries), whole.entries), (vec![EntryContent::Merged { into: parent.id }], vec![]));
    let refused = Err(Refusal::Nested);
    assert_eq!(part.incident.merged(&other, &staff(), "r", at(301)), refused, "it has a parent");
    assert_eq!(other.merged(&part.incident, &staff(), "r", at(301)), refused, "the parent is a part");
    assert_eq!(whole.incident.merged(&other, &staff(), "r", at(301)), refused, "it has parts");
    assert_eq!(other.merged(&other, &staff(), "r", at(301)), refused, "it is the same");
    assert_eq!(part.incident.split(&other, &staff(), "r", at(302)), Err(Refusal::NotMerged), "of another one");
    let (own, left) = part.incident.split(&whole.incident, &staff(), "r", at(302)).expect("allowed");
    assert_eq!((contents(&own.entries), left.entries), (vec![EntryContent::Split { from: parent.id }], vec![]));
    assert_eq!((own.incident.parent, left.incident.members.len()), (None, 0));
}
