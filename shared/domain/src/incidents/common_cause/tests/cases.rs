//! Each kind of cause, alone and with others.

use serde_json::json;

use super::world::{World, dmr, dmrs, minutes, now, of, on, reported, took_ruuter};
use crate::{
    chatbots::ChatbotType,
    incidents::{AtRisk, CommonCause},
    ingestion::Observer,
};

#[test]
fn version_is_the_cause_if_14_of_15_that_took_it_fail() {
    let mut world = World::default();
    world.add(15, took_ruuter);
    let others = world.add(900, |_| {});
    world.fail(0, 14);
    world.fail(others, 3);
    assert_eq!(world.summary(), ["version ruuter 2.2.0 14/15, 3/900"]);
    let [cause] = world.causes().try_into().expect("one cause");
    assert_eq!(cause.reported_since, Some(now() - minutes(240)));
    assert_eq!(cause.since, now() - minutes(1));
    assert!(cause.members.iter().eq(world.population[..14].iter().map(|facts| &facts.chatbot)));
}

#[test]
fn host_is_the_cause_if_its_chatbots_fail() {
    let mut world = World::default();
    world.add(10, on("a.example.ee"));
    world.add(100, |_| {});
    world.fail(2, 8);
    assert_eq!(world.summary(), ["host a.example.ee 8/10, 0/100"]);
}

#[test]
fn institution_is_the_cause_if_its_chatbots_on_several_hosts_fail() {
    let mut world = World::default();
    world.add(10, of("tax-board"));
    world.add(100, |_| {});
    world.fail(0, 7);
    assert_eq!(world.summary(), ["institution tax-board 7/10, 0/100"]);
}

#[test]
fn dmr_is_the_cause_if_no_other_sees_the_failures() {
    let mut world = World::default();
    world.add(40, |_| {});
    world.add(60, |facts| facts.dmrs = dmrs(&["parnu", "tartu"]));
    world.fail_for(0, 20, &[dmr("narva")]);
    world.fail_for(50, 2, &[dmr("parnu"), dmr("tartu")]);
    assert_eq!(world.summary(), ["dmr narva 20/40, 2/100"]);
}

#[test]
fn dmr_is_the_cause_though_it_reports_on_all_chatbots() {
    let mut world = World::default();
    world.add(100, |_| {});
    world.fail_for(0, 60, &[dmr("narva")]);
    assert_eq!(world.summary(), ["dmr narva 60/100, 0/100"]);
}

#[test]
fn no_dmr_is_the_cause_if_the_log_of_the_chatbots_shows_the_failures() {
    let mut world = World::default();
    world.add(100, |_| {});
    world.fail_for(0, 60, &[dmr("narva"), Observer::Chatbot]);
    assert!(world.summary().is_empty());
}

#[test]
fn everything_is_the_cause_if_the_cap_is_reached() {
    let mut world = World::default();
    world.add(100, |_| {});
    world.fail(0, 30);
    assert!(world.summary().is_empty(), "below the cap");
    world.caps.insert(ChatbotType::Institution, 30);
    assert_eq!(world.summary(), ["everything 1 30/100, 0/0"]);
}

/// 29 of 99 are the 30 % that the cap lets be out.
#[test]
fn everything_is_the_cause_though_the_cap_is_below_30_percent_of_all() {
    let mut world = World::default();
    world.add(99, |_| {});
    world.fail(0, 29);
    world.caps.insert(ChatbotType::Institution, 29);
    assert_eq!(world.summary(), ["everything 1 29/99, 0/0"]);
}

#[test]
fn everything_is_not_the_cause_if_most_were_out_before() {
    let mut world = World::default();
    world.add(100, |_| {});
    world.fail(0, 8);
    world.caps.insert(ChatbotType::Institution, 30);
    assert!(world.summary().is_empty());
}

#[test]
fn everything_has_the_types_whose_cap_is_reached_only() {
    let mut world = World::default();
    world.add(10, |facts| facts.kind = ChatbotType::Ministry);
    world.add(100, |_| {});
    world.fail(0, 3);
    world.caps.insert(ChatbotType::Ministry, 3);
    assert_eq!(world.summary(), ["everything 1 3/10, 0/100"]);
}

#[test]
fn host_is_the_cause_though_its_failures_reach_the_cap() {
    let mut world = World::default();
    world.add(40, on("a.example.ee"));
    world.add(60, |_| {});
    world.fail(0, 30);
    world.caps.insert(ChatbotType::Institution, 30);
    assert_eq!(world.summary(), ["host a.example.ee 30/40, 0/60"]);
}

/// They are 30 % of what the cap lets be out.
#[test]
fn everything_is_not_the_cause_of_what_a_host_does_not_explain() {
    let mut world = World::default();
    world.add(40, on("a.example.ee"));
    world.add(60, |_| {});
    world.fail(0, 20);
    world.fail(40, 10);
    world.caps.insert(ChatbotType::Institution, 30);
    assert_eq!(world.summary(), ["host a.example.ee 20/40, 10/60"]);
}

#[test]
fn two_causes_are_found_at_once() {
    let mut world = World::default();
    world.add(20, on("a.example.ee"));
    world.add(10, took_ruuter);
    world.add(200, |_| {});
    world.fail(0, 20);
    world.fail(20, 9);
    let expected = ["host a.example.ee 20/20, 9/210", "version ruuter 2.2.0 9/10, 0/200"];
    assert_eq!(world.summary(), expected, "what the host explains is not among the others of the version");
}

#[test]
fn independent_failures_have_no_cause() {
    let mut world = World::default();
    world.add(50, of("tax-board"));
    world.add(200, |_| {});
    for place in [0, 7, 60, 90, 120, 170] {
        world.fail(place, 1);
    }
    assert!(world.summary().is_empty());
}

/// The institution has all members of the version, and one failure more.
#[test]
fn version_is_preferred_to_the_institution_that_explains_one_failure_more() {
    let mut world = World::default();
    let version = |facts: &mut AtRisk| {
        of("tax-board")(facts);
        took_ruuter(facts);
    };
    world.add(40, version);
    world.add(80, of("tax-board"));
    world.add(300, |_| {});
    world.fail(0, 41);
    assert_eq!(world.summary(), ["version ruuter 2.2.0 40/40, 1/380"]);
}

#[test]
fn host_and_institution_with_the_same_chatbots_are_one_cause() {
    let mut world = World::default();
    let both = |facts: &mut AtRisk| {
        of("tax-board")(facts);
        on("a.example.ee")(facts);
    };
    world.add(5, both);
    world.add(50, |_| {});
    world.fail(0, 4);
    assert_eq!(world.summary(), ["host a.example.ee = institution tax-board 4/5, 0/50"]);
}

#[test]
fn json_of_a_cause_has_its_numbers() {
    let mut world = World::default();
    world.add(3, took_ruuter);
    world.add(9, |_| {});
    world.fail(0, 3);
    let member = |name: &str| json!({"name": name, "enrolledAt": "1970-01-01T00:00:00Z"});
    let expected = json!([{
        "shared": {"kind": "version", "component": "ruuter", "version": "2.2.0"},
        "members": [member("bot-00000"), member("bot-00001"), member("bot-00002")],
        "population": 3, "othersAffected": 0, "others": 9,
        "since": "2026-01-01T11:59:00Z", "reportedSince": "2026-01-01T08:00:00Z",
    }]);
    let causes = world.causes();
    assert_eq!(serde_json::to_value(&causes).expect("JSON"), expected);
    assert_eq!(serde_json::from_value::<Vec<CommonCause>>(expected).expect("causes"), causes);
}

/// A version of yesterday is no cause, nor is one that was reported after the failure.
#[test]
fn version_is_the_cause_only_if_it_was_reported_in_the_24_hours_before_the_failure() {
    let day = 24 * 60;
    for (ago, is_cause) in [(day + 1, true), (day + 2, false), (1, true), (0, false)] {
        let mut world = World::default();
        world.add(10, |facts| facts.versions.push(reported("ruuter", "2.2.0", ago)));
        world.add(50, |_| {});
        // A minute ago.
        world.fail(0, 10);
        assert_eq!(!world.summary().is_empty(), is_cause, "reported {ago} minutes ago");
    }
}
