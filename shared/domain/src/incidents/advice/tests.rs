//! Which incidents teach something, and what an advice shows to whom.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{
    chatbots::Name,
    health::{Cause, CheckReason, Detector, Witness, window::Counts},
    incidents::{
        Acknowledgement, Action, AdviceView, Attempt, CauseKind, Condition, Incident, IncidentId, PastId, PastIncident,
        Resolution, ResolvedBy, State, Subject, Token, WitnessKind,
    },
    ingestion::Observer,
    notifications::Enrolment,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn failing(observers: &[&str]) -> Cause {
    let witness = |observer: &&str| Witness {
        observer: Observer::try_from((*observer).to_owned()).expect("an observer"),
        by: Detector::FailureRate,
        counts: Counts::default(),
        score: 0,
        recent: Vec::new(),
    };
    Cause::Failing(observers.iter().map(witness).collect())
}

/// Returns the open incident `number` of `institution`.
fn open(number: i64, institution: &str, cause: Cause) -> Incident {
    let subject = Subject::Chatbot {
        chatbot: Enrolment { name: name("bot"), enrolled_at: at(-1000) },
        institution: name(institution),
    };
    Incident {
        state: State::Open,
        family: Some(crate::incidents::Family::of(&cause).expect("a family")),
        cause: Some(cause),
        opened_at: Some(at(number)),
        ..Incident::new(IncidentId::new(at(number), &number.to_string()), subject, at(number))
    }
}

/// Returns `incident` resolved an hour later, after `action`.
fn resolved(incident: Incident, action: Option<Attempt>) -> Incident {
    let end = incident.began + SignedDuration::from_hours(1);
    let resolution = Some(Resolution { at: end, by: ResolvedBy::Itself });
    Incident { state: State::Resolved, condition: Condition::Up(end), resolution, action, ..incident }
}

fn helped(action: Action) -> Attempt {
    Attempt { action, helped: true }
}

/// Returns incidents of which those that two DMRs saw ended by a rollback, and others did not.
fn history() -> Vec<PastIncident<PastId>> {
    let past = |number: i64| {
        let (observers, institution) = if number % 4 == 0 {
            (&["dmr:tallinn", "dmr:tartu"][..], if number % 8 == 0 { "tax" } else { "ria" })
        } else {
            (&["dmr:tallinn"][..], "ria")
        };
        let action = if number % 4 == 0 { Action::RolledBack } else { Action::Host };
        let attempt = Attempt { action, helped: number % 4 == 0 };
        resolved(open(number, institution, failing(observers)), Some(attempt)).past().expect("it teaches")
    };
    (0..60).map(past).collect()
}

#[test]
fn resolved_incident_teaches_its_tokens_and_what_was_done() {
    let past = resolved(open(0, "tax", failing(&["dmr:tartu"])), Some(helped(Action::Dns))).past().expect("it teaches");
    assert_eq!((past.cause, past.lasted), (CauseKind::Failing, SignedDuration::from_hours(1)));
    assert_eq!(past.attempts, [Attempt { action: Action::Dns, helped: true }]);
    let expected = [
        Token::Cause(CauseKind::Failing),
        Token::Detector(Detector::FailureRate),
        Token::Witnesses(WitnessKind::OneDmr),
    ];
    assert_eq!(past.tokens, BTreeSet::from(expected));
}

#[test]
fn incident_that_says_nothing_about_what_helps_teaches_nothing() {
    let one = || open(0, "tax", failing(&["dmr:tartu"]));
    let teaches = |incident: Incident| incident.past().is_some();
    assert!(!teaches(one()), "open");
    assert!(teaches(resolved(one(), None)), "by itself");
    let acknowledged = Incident { first_acknowledged_at: Some(at(1)), ..resolved(one(), None) };
    assert!(!teaches(acknowledged.clone()), "nobody said what was done");
    assert!(teaches(Incident { action: Some(helped(Action::Host)), ..acknowledged }));
    let by = |by| Some(Resolution { at: at(60), by });
    assert!(!teaches(Incident { resolution: by(ResolvedBy::Person), ..resolved(one(), None) }), "by a person");
    let removed = Incident { resolution: by(ResolvedBy::Removal), ..resolved(one(), Some(helped(Action::Host))) };
    assert!(!teaches(removed), "the chatbot was removed");
    assert!(!teaches(Incident { parent: Some(one().id), ..resolved(one(), None) }), "part of another");
    assert!(!teaches(Incident { state: State::Open, ..resolved(one(), Some(helped(Action::Host))) }), "reopened");
    assert!(!teaches(Incident { cause: None, ..resolved(one(), None) }), "without a cause");
}

#[test]
fn advice_is_what_helped_in_similar_incidents() {
    let incident = open(100, "tax", failing(&["dmr:narva", "dmr:voru"]));
    let advice = incident.advice(&history()).expect("an advice");
    let suggested: Vec<_> = advice.suggestions.iter().map(|one| (one.action, one.helped, one.tried)).collect();
    assert_eq!(suggested, [(Action::RolledBack, 15, 15)]);
}

#[test]
fn nothing_is_advised_where_nothing_beats_the_kind_of_the_cause() {
    let other = open(100, "tax", Cause::Unanswered(CheckReason::Silence));
    assert_eq!(other.advice(&history()), None);
    assert_eq!(open(100, "tax", failing(&["dmr:narva", "dmr:voru"])).advice(&[]), None);
}

#[test]
fn incident_that_is_over_or_part_of_another_is_not_advised() {
    let incident = open(100, "tax", failing(&["dmr:narva", "dmr:voru"]));
    let acknowledgement = Some(Acknowledgement { by: String::new(), at: at(1), until: at(2) });
    assert!(Incident { state: State::Acknowledged, acknowledgement, ..incident.clone() }.advice(&history()).is_some());
    for other in [
        resolved(incident.clone(), None),
        Incident { parent: Some(incident.id), ..incident.clone() },
        Incident { condition: Condition::Up(at(200)), ..incident.clone() },
        Incident { cause: None, ..incident },
    ] {
        assert_eq!(other.advice(&history()), None, "{other:?}");
    }
}

#[test]
fn owner_gets_the_counts_of_all_and_the_ids_of_own_institutions() {
    let incident = open(100, "tax", failing(&["dmr:narva", "dmr:voru"]));
    let shown = |own: fn(&Name) -> bool| {
        let advice = incident.advice(&history()).expect("an advice");
        serde_json::to_value(AdviceView::new(advice, own)).expect("JSON")["suggestions"][0].clone()
    };
    let (staff, owner) = (shown(|_| true), shown(|institution| *institution == name("tax")));
    assert_eq!((staff["tried"].as_u64(), owner["tried"].as_u64()), (Some(15), Some(15)));
    let ids =
        |shown: &serde_json::Value| -> Vec<IncidentId> { serde_json::from_value(shown["like"].clone()).expect("ids") };
    assert_eq!(ids(&staff).len(), 15);
    let own: Vec<_> =
        (0..60).filter(|number| number % 8 == 0).map(|number| open(number, "tax", failing(&[])).id).collect();
    assert_eq!(ids(&owner).into_iter().collect::<BTreeSet<_>>(), own.into_iter().collect());
}

proptest! {
    #[test]
    fn advice_never_has_the_incident_itself(numbers in prop::collection::btree_set(0_i64..60, 1..60)) {
        // An incident that was opened again is still among the past ones for a while.
        for number in numbers {
            let incident = open(number, "tax", failing(&["dmr:tallinn", "dmr:tartu"]));
            let advice = incident.advice(&history());
            let ids = advice.into_iter().flat_map(|advice| advice.suggestions).flat_map(|suggestion| suggestion.like);
            prop_assert!(ids.into_iter().all(|like| like.id != incident.id));
        }
    }
}
