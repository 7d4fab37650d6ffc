use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{
    chatbots::{ChatbotType, NewChatbot, Versions},
    incidents::IncidentId,
    institutions::NewInstitution,
    notifications::Language,
    outages::{OutageId, Window},
};

/// Parts of facts that are internal.
const INTERNAL: [&str; 4] = ["canary-host", "canary@example.ee", "EE60001019906", "canary-cause"];

fn now() -> Timestamp {
    "2026-11-27T10:00:00Z".parse().expect("a time")
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn chatbot(chatbot: &str, institution: &str, status: Status) -> Chatbot {
    let new = NewChatbot {
        name: name(chatbot),
        uri: "https://canary-host.example.ee/".parse().expect("a URL"),
        kind: ChatbotType::Institution,
        institution: name(institution),
        contact: "canary@example.ee".to_owned().try_into().expect("a contact"),
        versions: Versions::default(),
    };
    Chatbot::enrol(new, ago(100_000)).with_status(status, ago(30))
}

fn institution(id: &str, text: &str) -> Institution {
    let new: NewInstitution = serde_json::from_value(serde_json::json!({
        "name": text, "contact": "canary@example.ee"
    }))
    .expect("an institution");
    Institution::new(name(id), new)
}

fn window(chatbots: Covered, start: Timestamp, end: Timestamp) -> Windows {
    let outage = OutageId::new(ago(9_000), &[7; 10]);
    Windows::new(vec![Window {
        outage,
        chatbots,
        start,
        end,
        planned_end: end,
        confirmed_at: ago(5_000),
        early_end: None,
    }])
}

fn incident(chatbot: &str, began: Timestamp, state: State, condition: Condition) -> Incident {
    let enrolment = Enrolment { name: name(chatbot), enrolled_at: ago(100_000) };
    let subject = Subject::Chatbot { chatbot: enrolment, institution: name("tax") };
    let assignee = Some("EE60001019906".to_owned());
    Incident { state, condition, assignee, ..Incident::new(IncidentId::new(began, chatbot), subject, began) }
}

fn page(facts: &Facts) -> StatusPage {
    StatusPage::new(facts, now())
}

fn network() -> Facts {
    let (online, offline) = (Status::Online, Status::Offline);
    Facts {
        institutions: vec![institution("tax", "Maksu- ja <Tolliamet>"), institution("archive", "Rahvusarhiiv")],
        chatbots: vec![
            chatbot("tax-chat", "tax", offline),
            chatbot("tax-forms", "tax", online),
            chatbot("archive-chat", "archive", online),
            chatbot("library-chat", "library", offline),
            chatbot("never-online", "new", Status::Unknown),
        ],
        incidents: Some(vec![
            incident("tax-chat", ago(30), State::Open, Condition::Down(ago(30))),
            incident("tax-forms", ago(300), State::Resolved, Condition::Up(ago(240))),
            incident("tax-forms", ago(400), State::Transient, Condition::Up(ago(399))),
            incident("tax-forms", ago(500), State::Dismissed, Condition::Up(ago(480))),
            incident("tax-forms", ago(20), State::Suspected, Condition::Down(ago(20))),
        ]),
        windows: BTreeMap::new(),
    }
}

#[test]
fn institutions_are_listed_by_their_state_and_name_with_the_chatbots_that_do_not_work() {
    let page = page(&network());
    let states: Vec<_> = page.institutions.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(
        states,
        [
            ("library", PublicState::Down),
            ("Maksu- ja <Tolliamet>", PublicState::Disrupted),
            ("Rahvusarhiiv", PublicState::Working)
        ]
    );
    let [tax_chat] = page.institutions[1].unavailable.as_slice() else { panic!("one does not work") };
    assert_eq!((tax_chat.name.as_str(), tax_chat.state, tax_chat.since), ("tax-chat", PublicState::Down, ago(30)));
    assert_eq!(page.chatbots, Numbers { working: 2, planned: 0, down: 2 });
}

#[test]
fn incidents_are_those_that_somebody_was_asked_to_look_at_newest_first() {
    let incidents = page(&network()).incidents.expect("incidents");
    let told: Vec<_> = incidents.iter().map(|one| (one.chatbot.as_str(), one.began, one.ended)).collect();
    assert_eq!(told, [("tax-chat", ago(30), None), ("tax-forms", ago(300), Some(ago(240)))]);
}

#[test]
fn planned_work_explains_the_outages_in_it() {
    let mut facts = network();
    let chosen = Covered::Chosen([Enrolment::from(&facts.chatbots[0])].into());
    facts.windows.insert(name("tax"), window(chosen, ago(60), now() + SignedDuration::from_mins(60)));
    let page = page(&facts);
    let tax = page.institutions.iter().find(|one| one.id == name("tax")).expect("the institution");
    assert_eq!((tax.state, tax.unavailable[0].state), (PublicState::Planned, PublicState::Planned));
    assert_eq!(page.chatbots, Numbers { working: 2, planned: 1, down: 1 });
    let chatbots: Vec<_> = page.incidents.expect("incidents").into_iter().map(|one| one.chatbot).collect();
    assert_eq!(chatbots, [name("tax-forms")]);
    let [planned] = page.planned_outages.as_slice() else { panic!("one is planned") };
    assert_eq!(planned.chatbots.as_ref().map(|names| names.iter().collect::<Vec<_>>()), Some(vec![&name("tax-chat")]));
}

#[test]
fn planned_outages_are_those_that_are_not_over_and_begin_in_fourteen_days() {
    let cases = [
        (ago(120), ago(0), false),
        (ago(120), now() + SignedDuration::from_secs(1), true),
        (now() + AHEAD - SignedDuration::from_secs(1), now() + AHEAD, true),
        (now() + AHEAD, now() + AHEAD + AHEAD, false),
    ];
    for (start, end, is_listed) in cases {
        let windows = [(name("tax"), window(Covered::All, start, end))].into();
        let page = page(&Facts { windows, ..network() });
        assert_eq!(page.planned_outages.len(), usize::from(is_listed), "{start} to {end}");
    }
}

#[test]
fn every_form_has_what_is_public_and_nothing_internal() {
    let windows = [(name("archive"), window(Covered::All, now() + HISTORY, now() + AHEAD))].into();
    let page = page(&Facts { windows, ..network() });
    let json = serde_json::to_string(&page).expect("JSON");
    for language in [Language::Et, Language::En] {
        for form in [page.html(language), page.atom(language), json.clone()] {
            for internal in INTERNAL {
                assert!(!form.contains(internal), "{internal}");
            }
            assert!(form.contains("tax-chat") && form.contains("Rahvusarhiiv"), "{form}");
            assert!(!form.contains("never-online"));
        }
        for form in [page.html(language), page.atom(language)] {
            assert!(form.contains("Maksu- ja &lt;Tolliamet&gt;") && !form.contains("<Tolliamet>"));
        }
        assert!(!page.html(language).contains("style=") && !page.html(language).contains("<style"));
    }
}

#[test]
fn feed_does_not_change_until_an_entry_does() {
    let facts = network();
    let later = StatusPage::new(&facts, now() + SignedDuration::from_mins(1));
    assert_eq!(page(&facts).atom(Language::En), later.atom(Language::En));
    assert_ne!(page(&facts).html(Language::En), later.html(Language::En), "the page says when it was made");
}

#[test]
fn page_of_a_thousand_chatbots_is_small() {
    let chatbots = (0..1000).map(|number| {
        let status = if number % 30 == 0 { Status::Offline } else { Status::Online };
        chatbot(&format!("chatbot-{number}"), &format!("institution-{}", number / 3), status)
    });
    let page = page(&Facts { chatbots: chatbots.collect(), ..Facts::default() });
    assert!(page.html(Language::Et).len() < 60_000, "{}", page.html(Language::Et).len());
}

#[test]
fn incidents_that_are_too_many_are_said_to_be() {
    let page = page(&Facts { incidents: None, ..network() });
    assert!(page.html(Language::En).contains("There are too many to list."));
    assert!(page.atom(Language::En).contains("</feed>"));
}

proptest! {
    #[test]
    fn numbers_are_those_of_the_chatbots_that_were_routed(statuses in prop::collection::vec(0_usize..3, 0..40)) {
        let status = |number: usize| [Status::Online, Status::Offline, Status::Unknown][number];
        let chatbots: Vec<_> = statuses.iter().enumerate().map(|(index, number)| {
            chatbot(&format!("chatbot-{index}"), &format!("institution-{}", index % 5), status(*number))
        }).collect();
        let page = page(&Facts { chatbots, ..Facts::default() });
        let count = |wanted| statuses.iter().filter(|found| **found == wanted).count();
        prop_assert_eq!(page.chatbots, Numbers { working: count(0), planned: 0, down: count(1) });
        let listed: usize = page.institutions.iter().map(|one| one.unavailable.len()).sum();
        prop_assert_eq!(listed, count(1));
        for institution in &page.institutions {
            prop_assert_eq!(institution.state == PublicState::Working, institution.unavailable.is_empty());
        }
    }
}
