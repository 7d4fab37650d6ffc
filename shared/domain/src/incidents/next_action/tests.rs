//! Suggestions, and cases without one.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::{
    Action, Advice, Attempt, ByItself, CauseKind, Failure, Features, MAX_NEIGHBOURS, PastIncident, PastIncidents,
    Suggestion, Token,
};

/// Returns the features of an incident with these log templates.
fn features(templates: &[&str]) -> Features {
    let mut features = Features::new(CauseKind::Failing);
    features.failures.insert(Failure::ServerError);
    features.templates = templates.iter().map(|template| (*template).to_owned()).collect();
    features
}

fn incident(id: u32, features: &Features, attempts: &[(Action, bool)]) -> PastIncident<u32> {
    PastIncident {
        id,
        cause: features.cause,
        tokens: features.tokens(),
        attempts: attempts.iter().map(|(action, helped)| Attempt { action: *action, helped: *helped }).collect(),
        resolved_at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(id.into()),
        lasted: SignedDuration::from_mins(40),
    }
}

fn past(incidents: impl IntoIterator<Item = PastIncident<u32>>) -> PastIncidents<u32> {
    let mut past = PastIncidents::default();
    incidents.into_iter().for_each(|incident| past.add(incident));
    past
}

/// Returns nine incidents with a template, of which a rollback ended seven, and 21 others, of which a rollback ended
/// two and a restart some.
fn mixed() -> Vec<PastIncident<u32>> {
    let (release, other) = (features(&["cannot read property"]), features(&["out of memory", "heap limit"]));
    let rollback = |id| incident(id, &release, &[(Action::RolledBack, id < 7)]);
    let restart = |id| match id {
        9..30 => incident(id, &other, &[(Action::RolledBack, id < 11), (Action::Restarted, id.is_multiple_of(2))]),
        _ => incident(id, &other, &[(Action::Restarted, false)]),
    };
    (0..9).map(rollback).chain((9..60).map(restart)).collect()
}

fn advise(past: &PastIncidents<u32>, features: &Features) -> Advice<u32> {
    past.advise(features.cause, &features.tokens())
}

fn actions(advice: &Advice<u32>) -> Vec<Action> {
    advice.suggestions.iter().map(|suggestion| suggestion.action).collect()
}

#[test]
fn action_that_helped_in_7_of_9_similar_incidents_is_suggested_with_its_evidence() {
    let advice = advise(&past(mixed()), &features(&["cannot read property"]));
    // 9 of 30 over all.
    let expected = Suggestion {
        action: Action::RolledBack,
        helped: 7,
        tried: 9,
        overall: 30,
        like: vec![8, 7, 6, 5, 4, 3, 2, 1, 0],
    };
    assert_eq!(advice, Advice { suggestions: vec![expected], by_itself: None });
}

#[test]
fn nothing_is_suggested_without_similar_incidents() {
    assert!(actions(&advise(&past([]), &features(&["a"]))).is_empty());
    let mut unlike = features(&["connection reset", "no such host"]);
    unlike.failures = BTreeSet::from([Failure::Timeout]);
    assert!(actions(&advise(&past(mixed()), &unlike)).is_empty());
}

#[test]
fn nothing_is_suggested_after_four_tries() {
    let release = features(&["cannot read property"]);
    let incidents = |tries: u32| {
        let tried = (0..tries).map(|id| incident(id, &features(&["cannot read property"]), &[(Action::Updated, true)]));
        let others = (100..140).map(|id| incident(id, &features(&["other", "another"]), &[(Action::Restarted, false)]));
        past(tried.chain(others).collect::<Vec<_>>())
    };
    assert!(actions(&advise(&incidents(4), &release)).is_empty());
    assert_eq!(actions(&advise(&incidents(5), &release)), [Action::Updated]);
}

/// A restart helps in every second incident, whatever it is like.
#[test]
fn nothing_is_suggested_if_similar_incidents_are_like_all_of_their_kind() {
    let of = |id: u32| {
        let template = format!("template {}", id / 2 % 4);
        incident(id, &features(&[&template]), &[(Action::Restarted, id.is_multiple_of(2))])
    };
    let past = past((0..200).map(of));
    for template in 0..4 {
        let advice = advise(&past, &features(&[&format!("template {template}")]));
        assert!(actions(&advice).is_empty(), "template {template}");
    }
}

/// A restart helps always, and others never: the kind of the cause says that already.
#[test]
fn nothing_is_suggested_that_helps_in_all_incidents_of_the_kind_alike() {
    let of = |id: u32| {
        let template = format!("template {}", id % 4);
        incident(id, &features(&[&template]), &[(Action::Updated, false), (Action::Restarted, true)])
    };
    let past = past((0..200).map(of));
    assert!(actions(&advise(&past, &features(&["template 1"]))).is_empty());
}

/// A repair of the host helps in half of the tries, here only. A restart helps nearly always.
#[test]
fn nothing_is_suggested_that_helps_less_often_than_what_is_usually_tried() {
    let near = (0..10).map(|id| incident(id, &features(&["a"]), &[(Action::Host, id < 5)]));
    let far = (100..200).map(|id| incident(id, &features(&["x", "y"]), &[(Action::Restarted, id > 105)]));
    assert!(actions(&advise(&past(near.chain(far)), &features(&["a"]))).is_empty());
}

#[test]
fn suggestions_are_ranked_by_the_lower_bound() {
    let like = features(&["cannot read property"]);
    // 17 of 18 are better evidence than 5 of 5, and that than 5 of 9.
    let near = (0..18).map(|id| {
        let mut attempts = vec![(Action::Updated, id < 17)];
        attempts.extend((id < 5).then_some((Action::Host, true)));
        attempts.extend((id < 9).then_some((Action::Dns, id < 5)));
        incident(id, &features(&["cannot read property"]), &attempts)
    });
    let far = (100..300).map(|id| incident(id, &features(&["x", "y", "z"]), &[(Action::Restarted, false)]));
    let advice = advise(&past(near.chain(far)), &like);
    assert_eq!(actions(&advice), [Action::Updated, Action::Host, Action::Dns]);
    assert!(advice.suggestions.iter().all(|one| one.like.len() == one.tried as usize));
}

#[test]
fn action_that_was_tried_twice_in_one_incident_counts_once() {
    let like = features(&["a"]);
    let near = (0..5).map(|id| incident(id, &features(&["a"]), &[(Action::Host, false), (Action::Host, true)]));
    let far = (100..140).map(|id| incident(id, &features(&["x", "y"]), &[(Action::Restarted, false)]));
    let advice = advise(&past(near.chain(far)), &like);
    let [Suggestion { action: Action::Host, helped: 5, tried: 5, .. }] = advice.suggestions.as_slice() else {
        panic!("{advice:?}");
    };
}

#[test]
fn doing_nothing_is_no_suggestion_but_is_counted() {
    let overload = features(&["overload"]);
    let short = |id| PastIncident {
        lasted: SignedDuration::from_mins(if id < 9 { 20 } else { 21 }),
        ..incident(id, &overload, if id.is_multiple_of(2) { &[] } else { &[(Action::None, true)] })
    };
    let far = (100..140).map(|id| incident(id, &features(&["x", "y"]), &[(Action::Restarted, false)]));
    let advice = advise(&past((0..12).map(short).chain(far)), &overload);
    assert_eq!(advice.by_itself, Some(ByItself { ended: 9, neighbours: 12 }));
    assert!(advice.suggestions.is_empty());
}

#[test]
fn incident_that_somebody_touched_did_not_end_by_itself() {
    let short = |attempts: &[(Action, bool)]| PastIncident {
        lasted: SignedDuration::from_mins(1),
        ..incident(1, &features(&[]), attempts)
    };
    assert!(short(&[]).ended_by_itself());
    assert!(!short(&[(Action::Restarted, false)]).ended_by_itself());
    assert!(!short(&[(Action::None, false), (Action::Restarted, true)]).ended_by_itself());
}

#[test]
fn nearest_incidents_are_the_latest_of_the_most_similar() {
    let like = features(&["a", "b"]);
    let exact = (0..25).map(|id| incident(id, &like, &[(Action::Host, true)]));
    let half = (100..110).map(|id| incident(id, &features(&["a", "b", "c"]), &[(Action::Host, true)]));
    let far = (200..300).map(|id| incident(id, &features(&["x", "y", "z"]), &[(Action::Restarted, false)]));
    let advice = advise(&past(exact.chain(half).chain(far)), &like);
    let expected: Vec<_> = (5..25).rev().collect();
    assert_eq!(advice.suggestions[0].like, expected);
    assert_eq!(expected.len(), MAX_NEIGHBOURS);
}

#[test]
fn json_of_advice_has_its_evidence() {
    let advice = advise(&past(mixed()), &features(&["cannot read property"]));
    let like = [8, 7, 6, 5, 4, 3, 2, 1, 0];
    let expected =
        json!({"suggestions": [{"action": "rolled-back", "helped": 7, "tried": 9, "overall": 30, "like": like}]});
    assert_eq!(serde_json::to_value(&advice).expect("JSON"), expected);
    assert_eq!(serde_json::from_value::<Advice<u32>>(expected).expect("advice"), advice);
}

/// Returns incidents in which an action helps if their log has the first template, and the features of another.
fn incidents() -> impl Strategy<Value = (Vec<PastIncident<u32>>, Features)> {
    let templates = || prop::collection::btree_set(0_u8..8, 0..3);
    let one = (templates(), any::<bool>(), 0_u8..4);
    let of_templates = |templates: &BTreeSet<u8>| {
        let mut features = Features::new(CauseKind::Failing);
        features.templates = templates.iter().map(|number| format!("template {number}")).collect();
        features
    };
    (prop::collection::vec(one, 0..200), templates()).prop_map(move |(drawn, mut like)| {
        let of = |(id, (templates, is_host, kind)): (u32, (BTreeSet<u8>, bool, u8))| {
            let mut features = of_templates(&templates);
            features.cause = if kind == 0 { CauseKind::Silence } else { CauseKind::Failing };
            let action = if is_host { Action::Host } else { Action::Dns };
            // Some are resolved at the same time.
            let resolved_at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(i64::from(id % 7));
            PastIncident { resolved_at, ..incident(id, &features, &[(action, templates.contains(&0))]) }
        };
        like.insert(0);
        ((0..).zip(drawn).map(of).collect(), of_templates(&like))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn order_in_which_incidents_are_added_does_not_matter(
        (all, like, shuffled) in incidents()
            .prop_flat_map(|(all, like)| (Just(all.clone()), Just(like), Just(all).prop_shuffle())),
    ) {
        prop_assert_eq!(advise(&past(all), &like), advise(&past(shuffled), &like));
    }

    #[test]
    fn every_suggestion_has_its_evidence_among_the_incidents((all, like) in incidents()) {
        for suggestion in advise(&past(all.clone()), &like).suggestions {
            let of = |id: &u32| all.iter().find(|one| one.id == *id).expect("an incident");
            let tried = |one: &&PastIncident<u32>| one.attempts[0].action == suggestion.action;
            prop_assert_eq!(suggestion.like.iter().map(of).filter(tried).count(), suggestion.tried as usize);
            let helped = suggestion.like.iter().map(of).filter(|one| one.attempts[0].helped).count();
            prop_assert_eq!(helped, suggestion.helped as usize);
            prop_assert!(suggestion.helped <= suggestion.tried && suggestion.tried <= 20);
        }
    }
}

#[test]
fn tokens_are_those_of_the_features() {
    let mut features = features(&["a", "b", "c", "d"]);
    features.changed = BTreeSet::from(["ruuter".parse().expect("a name")]);
    features.is_host_shared = true;
    let expected = json!([
        {"cause": "failing"}, {"failure": "server-error"}, "changed", {"changed-component": "ruuter"}, "host-shared",
        {"template": "a"}, {"template": "b"}, {"template": "c"},
    ]);
    assert_eq!(serde_json::to_value(features.tokens()).expect("JSON"), expected);
    assert_eq!(serde_json::from_value::<BTreeSet<Token>>(expected).expect("tokens"), features.tokens());
}
