//! Cases of network incidents, and what holds for every order of joins, ends, commands and time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{
    chatbots::ChatbotType,
    incidents::{
        AtRisk, Author, Command, CommonCause, EntryContent, Family, Figures, Grouping, Incident, IncidentId,
        IncidentKind, IncidentView, Refusal, ResolvedBy, Shared, State, Step, Subject, groupings,
    },
    notifications::Enrolment,
};

const CAPS: BTreeMap<ChatbotType, u32> = BTreeMap::new();

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn chatbot(number: usize) -> Enrolment {
    Enrolment { name: format!("bot-{number:05}").parse().expect("a name"), enrolled_at: at(-100_000) }
}

/// Returns an incident that began at `second` and was opened five seconds later.
fn open(number: usize, second: i64) -> Incident {
    let subject = Subject::Chatbot { chatbot: chatbot(number), institution: "tax".parse().expect("a name") };
    Incident {
        state: State::Open,
        first_failed: at(second - 3),
        family: Some(Family::Errors),
        opened_at: Some(at(second + 5)),
        ..Incident::new(IncidentId::new(at(second), &number.to_string()), subject, at(second))
    }
}

/// Returns chatbots on the host `failing`, up to `on`, and on hosts of their own.
fn population(on: usize, all: usize) -> Vec<AtRisk> {
    let facts = |number: usize| AtRisk {
        chatbot: chatbot(number),
        kind: ChatbotType::Institution,
        institution: format!("owner-{number}").parse().expect("a name"),
        host: if number < on { "failing".to_owned() } else { format!("host-{number}") },
        dmrs: [].into(),
        versions: Vec::new(),
    };
    (0..all).map(facts).collect()
}

fn cause(members: usize) -> CommonCause {
    CommonCause {
        shared: Shared::Host { host: "failing".to_owned() },
        also: Vec::new(),
        members: (0..members).map(chatbot).collect(),
        population: u32::try_from(members).expect("few"),
        others_affected: 1,
        others: 20,
        since: at(5),
        reported_since: None,
    }
}

/// Returns a network incident with `count` members, which began one second after the other.
fn network(count: usize) -> (Step, Vec<Step>) {
    let members: Vec<_> = (0..count).map(|number| open(number, i64::try_from(number).expect("few"))).collect();
    let declared = Incident::declare(&cause(count), &members, None, at(20)).expect("members");
    let (parent, members) = declared.incident.joined_by(&members, None, at(20));
    let entries = [declared.entries, parent.entries].concat();
    (Step { entries, ..Step::of(parent.incident) }, members)
}

fn staff() -> Author {
    Author::Staff("anna".to_owned())
}

fn command(incident: &Incident, command: &Command) -> Result<Step, Refusal> {
    incident.command(command, &staff(), "request", at(60))
}

#[test]
fn network_incident_begins_with_its_first_member_and_members_have_its_numbers() {
    let (parent, members) = network(4);
    let parent = parent.incident;
    assert_eq!((parent.state, parent.began, parent.opened_at), (State::Open, at(0), Some(at(20))));
    assert_eq!((parent.first_failed, parent.id.at()), (at(-3), at(0)));
    assert_eq!((parent.kind(), parent.institution(), parent.chatbot()), (IncidentKind::Network, None, None));
    for step in &members {
        let member = &step.incident;
        assert_eq!((member.network_parent(), member.network_cause()), (Some(parent.id), parent.network_cause()));
        assert_eq!(step.entries.last().expect("an entry").content, EntryContent::Merged { into: parent.id });
        let view = serde_json::to_value(IncidentView::new(member.clone()).without_persons()).expect("JSON");
        assert!(!view["commonCause"].to_string().contains("bot-"), "an owner sees no other chatbot: {view}");
        assert_eq!(view["commonCause"]["affected"], 4);
    }
}

#[test]
fn stored_incident_of_before_is_an_incident_of_a_chatbot() {
    let incident = open(1, 0);
    let json = serde_json::to_value(&incident).expect("JSON");
    assert_eq!((&json["chatbot"]["name"], &json["institution"]), (&"bot-00001".into(), &"tax".into()));
    for absent in ["network", "commonCause", "isSeparate", "subject", "kind"] {
        assert_eq!(json.get(absent), None, "{absent}");
    }
    assert_eq!(serde_json::from_value::<Incident>(json).expect("what was stored before"), incident);
    let (parent, _) = network(3);
    let text = serde_json::to_string(&parent.incident).expect("JSON");
    assert_eq!(serde_json::from_str::<Incident>(&text).expect("as written"), parent.incident);
}

#[test]
fn network_incident_of_ten_thousand_members_is_a_small_item() {
    let members: Vec<_> = (0..10_000).map(|number| open(number, 0)).collect();
    let parent = Incident::declare(&cause(10_000), &members, None, at(20)).expect("members").incident;
    let (grown, joined) = parent.joined_by(&members, None, at(20));
    assert_eq!((joined.len(), grown.incident.network_cause().map(|cause| cause.members)), (10_000, Some(10_000)));
    let bytes = |value: &Incident| serde_json::to_vec(value).expect("JSON").len();
    assert!(bytes(&grown.incident) < 2048 && bytes(&joined[0].incident) < 2048, "{}", bytes(&grown.incident));
}

#[test]
fn member_that_was_split_by_hand_or_released_does_not_join_again() {
    let (parent, members) = network(4);
    let (member, parent) = (&members[0].incident, &parent.incident);
    let (split, rest) = member.split(parent, &staff(), "request", at(30)).expect("allowed");
    assert_eq!((split.incident.parent, split.incident.network_cause()), (None, None));
    assert_eq!(rest.incident.network_cause().map(|cause| cause.members), Some(3));
    assert!(!split.incident.may_join());
    let released = member.released(true, at(30)).incident;
    assert_eq!((released.parent, released.may_join()), (None, false));
    assert!(member.released(false, at(30)).incident.may_join(), "after the end of the network incident");
    let (again, _) = split.incident.merged(&rest.incident, &staff(), "request-2", at(40)).expect("by hand");
    assert_eq!(again.incident.network_cause().map(|cause| cause.members), Some(4));
}

#[test]
fn owner_sees_no_cause_that_names_another_institution() {
    for (institution, expected) in [("tax", true), ("other", false)] {
        let institution = institution.parse().expect("a name");
        let cause = CommonCause { shared: Shared::Institution { institution }, ..cause(3) };
        let members: Vec<_> = (0..3).map(|number| open(number, 0)).collect();
        let parent = Incident::declare(&cause, &members, None, at(20)).expect("members").incident;
        let (member, parent) = open(9, 0).merged(&parent, &staff(), "request", at(30)).expect("by hand");
        assert_eq!(member.incident.network_cause().is_some(), expected);
        assert_eq!(member.incident.network_parent(), Some(parent.incident.id));
        assert!(parent.incident.network_cause().is_some());
    }
}

#[test]
fn people_end_a_network_incident_while_members_are_out_and_do_not_open_it_again() {
    let (parent, _) = network(3);
    let resolved = command(&parent.incident, &Command::Resolve(None)).expect("allowed").incident;
    assert_eq!((resolved.state, resolved.resolution.map(|end| end.at)), (State::Resolved, Some(at(60))));
    let dismissed = command(&parent.incident, &Command::Dismiss).expect("allowed").incident;
    for over in [&resolved, &dismissed] {
        assert_eq!(command(over, &Command::Reopen), Err(Refusal::Network));
        assert_eq!(open(9, 0).merged(over, &staff(), "request", at(70)), Err(Refusal::NotOpen));
    }
    let other = open(9, 0);
    assert_eq!(parent.incident.merged(&other, &staff(), "request", at(70)), Err(Refusal::Nested));
}

#[test]
fn figures_count_the_network_incident_and_not_its_members() {
    let (parent, members) = network(5);
    let settled = parent.incident.settled(at(500), at(800)).incident;
    let all: Vec<_> = members.into_iter().map(|step| step.incident).chain([settled]).collect();
    let figures = Figures::new(&all);
    assert_eq!((figures.incidents, figures.unresolved), (1, 0));
    assert_eq!((figures.detection.median_seconds, figures.resolution.median_seconds), (Some(23), Some(480)));
}

#[test]
fn incidents_with_a_common_cause_are_grouped_and_later_ones_join_them() {
    let population = population(12, 60);
    let incidents: Vec<_> = (0..12).map(|number| open(number, 0)).collect();
    let found = groupings(&[], &incidents, &population, &CAPS, at(30));
    let [Grouping { parent: None, cause: Some(found_cause), members }] = found.as_slice() else {
        panic!("one new network incident: {found:?}")
    };
    assert_eq!((members.len(), &found_cause.shared), (12, &Shared::Host { host: "failing".to_owned() }));

    let (parent, _) = network(12);
    let late = [open(7, 3600), open(50, 3600)];
    let found = groupings(std::slice::from_ref(&parent.incident), &late, &population, &CAPS, at(3630));
    let [Grouping { parent: Some(into), cause: None, members }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((*into, members.keys().collect::<Vec<_>>()), (parent.incident.id, vec![&late[0].id]));
    assert_eq!(groupings(&[], &late, &population, &CAPS, at(3630)), [], "one is no common cause");
}

#[test]
fn cause_of_which_less_than_three_may_join_opens_nothing() {
    let mut incidents: Vec<_> = (0..12).map(|number| open(number, 0)).collect();
    for split in &mut incidents[2..] {
        split.is_separate = true;
    }
    assert_eq!(groupings(&[], &incidents, &population(12, 60), &CAPS, at(30)), []);
    incidents[2].is_separate = false;
    let found = groupings(&[], &incidents, &population(12, 60), &CAPS, at(30));
    let cause = found[0].cause.as_ref().expect("a cause");
    assert_eq!((found[0].members.len(), cause.members.len()), (3, 12), "the numbers have all that failed");
}

/// A change of a network incident.
#[derive(Clone, Debug)]
enum Act {
    Join(usize),
    Command(Command),
    Wait(i64),
    Settle,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let hours = (1_i64..5).prop_map(|hours| Command::Acknowledge(SignedDuration::from_hours(hours)));
    let command = prop_oneof![
        hours,
        Just(Command::Assign(Some("kati".to_owned()))),
        Just(Command::Note("a note".to_owned())),
        Just(Command::Reopen),
        Just(Command::Dismiss),
        Just(Command::Resolve(None)),
    ];
    let act = prop_oneof![
        3 => (1_usize..40).prop_map(Act::Join),
        4 => command.prop_map(Act::Command),
        4 => (1_i64..20_000).prop_map(Act::Wait),
        1 => Just(Act::Settle),
    ];
    prop::collection::vec(act, 1..40)
}

proptest! {
    #[test]
    fn network_incident_reaches_states_by_rule_only(acts in acts()) {
        let (Step { mut incident, mut entries, .. }, _) = network(3);
        let (mut now, mut next) = (at(60), 100);
        for (index, act) in acts.into_iter().enumerate() {
            let step = match act {
                Act::Join(count) => {
                    let new: Vec<_> = (next..next + count).map(|number| open(number, 50)).collect();
                    next += count;
                    let (parent, joined) = incident.joined_by(&new, None, now);
                    prop_assert_eq!(joined.len(), if incident.is_active() { count } else { 0 });
                    parent
                }
                Act::Command(command) => match incident.at(now).incident.command(&command, &staff(), &index.to_string(), now) {
                    Ok(step) => Step { entries: [incident.at(now).entries, step.entries].concat(), ..step },
                    Err(_) => continue,
                },
                Act::Wait(seconds) => {
                    now += SignedDuration::from_secs(seconds);
                    incident.at(now)
                }
                Act::Settle => incident.settled(now, now),
            };
            now += SignedDuration::from_secs(1);
            incident = step.incident;
            entries.extend(step.entries);
        }
        let mut state = None;
        for entry in &entries {
            let EntryContent::State { state: to, resolved_by } = entry.content else { continue };
            let is_rule = match (state, to) {
                (None | Some(State::Acknowledged), State::Open)
                | (Some(State::Open | State::Acknowledged), State::Acknowledged | State::Dismissed) => true,
                (Some(State::Open | State::Acknowledged), State::Resolved) => resolved_by != Some(ResolvedBy::Removal),
                _ => false,
            };
            prop_assert!(is_rule, "from {:?} to {:?}", state, to);
            state = Some(to);
        }
        prop_assert_eq!(state, Some(incident.state));
        let network = incident.network_cause().expect("a cause");
        prop_assert!(network.members <= network.affected && network.affected <= network.population);
    }
}
