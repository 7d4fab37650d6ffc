//! Each state of an incident, and what holds nothing.

use super::*;
use crate::{
    alerts::event::Event,
    chatbots::status::Status,
    health::cause::{Cause, CheckReason},
    incidents::{Family, NetworkCause, Subject},
    ingestion::observer::Observer,
    notifications::{
        combine::{Combined, Dropped},
        drop_reason::DropReason,
        entry::Entry,
        notified::{LastNotified, NotifiedStatus},
    },
    outages::Windows,
};

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn chatbot(name: &str) -> Enrolment {
    Enrolment { name: name.parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH }
}

fn tax() -> Enrolment {
    chatbot("tax")
}

fn notification(id: &str, second: i64, kind: EventKind) -> PendingNotification {
    let event = Event { id: id.to_owned(), at: at(second), quiet: false, kind };
    PendingNotification::of_event(&event, Some(tax()), at(second)).expect("a notification")
}

fn offline(second: i64) -> PendingNotification {
    let cause = Cause::Unanswered(CheckReason::Silence);
    notification(&format!("tax-{second}"), second, EventKind::ChatbotOffline { chatbot: tax().name, cause })
}

fn online(second: i64) -> PendingNotification {
    let kind = EventKind::ChatbotOnline { chatbot: tax().name, was: Status::Offline };
    notification(&format!("tax-{second}"), second, kind)
}

fn outlier(second: i64) -> PendingNotification {
    let kind = EventKind::ObserverOutlier { chatbot: tax().name, observer: Observer::Chatbot };
    notification(&format!("outlier-{second}"), second, kind)
}

fn flapping(second: i64) -> PendingNotification {
    let kind = EventKind::ChatbotFlapping { chatbot: tax().name, status: Status::Offline };
    notification(&format!("tax-{second}"), second, kind)
}

/// An incident that began at second 1000.
fn incident(state: State) -> Incident {
    let subject = Subject::Chatbot { chatbot: tax(), institution: "tax-board".parse().expect("a name") };
    Incident {
        state,
        family: Some(Family::Unreachable),
        ..Incident::new(IncidentId::new(at(1000), "tax-1000"), subject, at(1000))
    }
}

fn held(pending: &[PendingNotification], incident: Incident, told: &Notified, second: i64) -> Held {
    let mut held = Held::new(pending, told, &Windows::default(), at(second));
    held.apply_incidents([(tax(), incident)].into(), told, at(second));
    held
}

/// Returns the numbers of those that are live, and of those that are dropped, and the second at which what is held is
/// looked at again.
fn of(pending: &[PendingNotification], state: State, second: i64) -> (usize, usize, Option<i64>) {
    let held = held(pending, incident(state), &Notified::default(), second);
    (held.live.len(), held.dropped.len(), held.until.map(Timestamp::as_second))
}

#[test]
fn outage_is_held_while_its_incident_is_suspected_or_transient_and_for_two_minutes_at_most() {
    let outage = [offline(1000)];
    for (state, second, expected) in [
        (State::Suspected, 1030, (0, 0, Some(1040))),
        (State::Suspected, 1115, (0, 0, Some(1120))),
        (State::Suspected, 1120, (1, 0, None)),
        (State::Transient, 1030, (0, 0, Some(1120))),
        (State::Transient, 1119, (0, 0, Some(1120))),
        (State::Transient, 1120, (1, 0, None)),
        (State::Open, 1030, (1, 0, None)),
        (State::Acknowledged, 1030, (1, 0, None)),
        (State::Resolved, 1030, (1, 0, None)),
        (State::Dismissed, 1030, (1, 0, None)),
    ] {
        assert_eq!(of(&outage, state, second), expected, "{state:?} at {second}");
    }
}

#[test]
fn outage_that_is_over_is_dropped_if_its_incident_is_transient() {
    for (end, state, second, expected) in [
        (1050, State::Transient, 1055, (0, 2, None)),
        (1120, State::Transient, 5000, (0, 2, None)),
        (1121, State::Transient, 5000, (2, 0, None)),
        (1050, State::Suspected, 1055, (0, 0, Some(1065))),
        (1050, State::Suspected, 1120, (2, 0, None)),
        (1050, State::Resolved, 1055, (2, 0, None)),
    ] {
        assert_eq!(of(&[offline(1000), online(end)], state, second), expected, "over at {end}: {state:?} at {second}");
    }
    let held = held(&[offline(1000), online(1050)], incident(State::Transient), &Notified::default(), 1055);
    let dropped = held.complete(Combined::default()).dropped;
    let expected = ["tax-1000", "tax-1050"].map(|id| Dropped { id: id.to_owned(), reason: DropReason::Transient });
    assert_eq!(dropped, expected);
}

#[test]
fn outlier_is_told_unless_its_chatbot_goes_offline_within_a_minute() {
    // The incident begins at 1000, whatever becomes of it.
    for (found, is_told) in [(939, true), (940, false), (995, false), (1000, false), (1001, true)] {
        for state in [State::Suspected, State::Transient, State::Open, State::Resolved] {
            let held = held(&[outlier(found)], incident(state), &Notified::default(), 1030);
            let dropped = held.complete(Combined::default()).dropped;
            let reason = DropReason::NoOutlier;
            let expected = if is_told { vec![] } else { vec![Dropped { id: format!("outlier-{found}"), reason }] };
            assert_eq!((held.live.len(), dropped), (usize::from(is_told), expected), "found at {found}, {state:?}");
        }
    }
}

#[test]
fn outage_after_a_transient_one_is_told() {
    let pending = [offline(1000), online(1050), offline(1070)];
    let held = held(&pending, incident(State::Transient), &Notified::default(), 1100);
    assert_eq!((held.live.as_slice(), held.dropped.len(), held.until), (&pending[2..], 2, None));
}

#[test]
fn outage_without_an_incident_and_one_of_another_event_are_told() {
    for pending in [[offline(999)], [offline(1001)]] {
        assert_eq!(of(&pending, State::Suspected, 1030), (1, 0, None), "{pending:?}");
    }
    let mut none = Held::new(&[offline(1000)], &Notified::default(), &Windows::default(), at(1030));
    none.apply_incidents(BTreeMap::new(), &Notified::default(), at(1030));
    assert_eq!((none.live.len(), none.until), (1, None));
    let mut other = Held::new(&[offline(1000)], &Notified::default(), &Windows::default(), at(1030));
    other.apply_incidents([(chatbot("police"), incident(State::Suspected))].into(), &Notified::default(), at(1030));
    assert_eq!((other.live.len(), other.until), (1, None));
}

#[test]
fn outage_after_which_a_chatbot_flaps_is_not_held() {
    assert_eq!(of(&[offline(1000), flapping(1010)], State::Transient, 1030), (2, 0, None));
}

#[test]
fn end_of_an_outage_that_was_told_is_told() {
    let back = [online(1050)];
    let mut told = Notified::default();
    let status = NotifiedStatus { status: LastNotified::Offline, since: at(1000), as_of: at(1000) };
    told.chatbots.insert(tax(), status);
    told.events.insert("tax-1000".to_owned(), at(1030));
    assert_eq!(held(&back, incident(State::Transient), &told, 1055).live, back);
    let again = [offline(1000), online(1050)];
    let again = held(&again, incident(State::Transient), &told, 1055);
    assert_eq!((again.live.len(), again.dropped.len()), (2, 0), "its event arrived again");
    told.chatbots.clear();
    let again = held(&[offline(1000), online(1050)], incident(State::Transient), &told, 1055);
    assert_eq!((again.live.len(), again.dropped.len()), (2, 0), "it is known by its event alone");
}

#[test]
fn message_has_the_common_cause_of_the_outages_that_it_tells_while_they_last() {
    let cause: NetworkCause = serde_json::from_value(serde_json::json!({
        "shared": {"kind": "host", "host": "bots.example.ee"}, "affected": 14, "population": 15, "othersAffected": 3,
        "others": 900, "members": 14,
    }))
    .expect("a cause");
    let tell = |state, chatbot: &str| {
        let incident = Incident { common_cause: Some(cause.clone()), ..incident(state) };
        let held = held(&[offline(1000)], incident, &Notified::default(), 1030);
        let told = Entry::Offline {
            chatbot: chatbot.parse().expect("a name"),
            since: at(1000),
            cause: Cause::Unanswered(CheckReason::Silence),
            after_planned: false,
            before: None,
        };
        held.complete(Combined { entries: vec![told], ..Combined::default() }).common_causes
    };
    assert_eq!(tell(State::Open, tax().name.as_str()), std::slice::from_ref(&cause));
    assert_eq!(tell(State::Open, "police"), [], "it tells of another one");
    assert_eq!(tell(State::Resolved, tax().name.as_str()), [], "it is over");
}

#[test]
fn incidents_are_given_on_and_only_outages_and_outliers_ask_for_them() {
    let held = held(&[offline(1000)], incident(State::Open), &Notified::default(), 1030);
    assert_eq!(held.incidents.values().map(|incident| incident.state).collect::<Vec<_>>(), [State::Open]);
    assert_eq!(held.suspects(), [tax()].into());
    let mut none = Held::new(&[online(1000), flapping(1001)], &Notified::default(), &Windows::default(), at(1030));
    assert_eq!(none.suspects(), [].into());
    none.live.push(outlier(1000));
    assert_eq!(none.suspects(), [tax()].into());
}
