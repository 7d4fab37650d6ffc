//! The edges of the rule, and networks in which it says nothing.

use super::world::{World, dmr, dmrs, enrolment, minutes, now, of, on, reported, took_ruuter};
use crate::{
    chatbots::ChatbotType,
    incidents::{AtRisk, MAX_CAUSES, Opening, WINDOW},
};

#[test]
fn nothing_has_no_cause() {
    assert!(World::default().summary().is_empty());
    let mut world = World::default();
    world.add(10, on("a.example.ee"));
    assert!(world.summary().is_empty());
}

#[test]
fn two_failures_have_no_cause() {
    let mut world = World::default();
    world.add(2, on("a.example.ee"));
    world.add(50, |_| {});
    world.fail(0, 2);
    assert!(world.summary().is_empty());
}

#[test]
fn three_of_ten_are_enough_and_three_of_eleven_are_not() {
    for (size, is_cause) in [(10, true), (11, false)] {
        let mut world = World::default();
        world.add(size, on("a.example.ee"));
        world.add(50, |_| {});
        world.fail(0, 3);
        assert_eq!(!world.summary().is_empty(), is_cause, "{size}");
    }
}

#[test]
fn three_times_the_rate_of_the_others_is_enough_and_less_is_not() {
    for (failing, is_cause) in [(10, true), (11, false)] {
        let mut world = World::default();
        world.add(10, on("a.example.ee"));
        let others = world.add(100, |_| {});
        world.fail(0, 3);
        world.fail(others, failing);
        assert_eq!(!world.summary().is_empty(), is_cause, "{failing}");
    }
}

#[test]
fn opening_before_the_window_does_not_count() {
    let mut world = World::default();
    world.add(3, on("a.example.ee"));
    world.add(50, |_| {});
    world.fail(0, 3);
    world.openings[0].at = now() - WINDOW;
    assert!(world.summary().is_empty());
    world.openings[0].at = now() - WINDOW + minutes(1);
    assert_eq!(world.summary().len(), 1);
}

/// Clocks of those who open incidents may be ahead.
#[test]
fn opening_of_a_clock_ahead_counts() {
    let mut world = World::default();
    world.add(3, on("a.example.ee"));
    world.add(50, |_| {});
    world.fail(0, 3);
    world.openings[0].at = now() + minutes(1);
    assert_eq!(world.summary().len(), 1);
}

#[test]
fn opening_of_a_chatbot_that_is_not_at_risk_does_not_count() {
    let mut world = World::default();
    world.add(2, on("a.example.ee"));
    world.add(50, |_| {});
    world.fail(0, 2);
    let removed = Opening { chatbot: enrolment(99_999), ..world.openings[0].clone() };
    world.openings.push(removed);
    assert!(world.summary().is_empty());
}

#[test]
fn repeated_opening_counts_once() {
    let mut world = World::default();
    world.add(2, on("a.example.ee"));
    world.add(50, |_| {});
    world.fail(0, 2);
    world.fail(0, 2);
    assert!(world.summary().is_empty());
}

#[test]
fn first_of_repeated_openings_counts() {
    let mut world = World::default();
    world.add(3, on("a.example.ee"));
    world.add(50, |_| {});
    world.fail(0, 3);
    let earlier = Opening { at: now() - minutes(2), ..world.openings[0].clone() };
    for place in [0, world.openings.len()] {
        let mut repeated = world.clone();
        repeated.openings.insert(place, earlier.clone());
        assert_eq!(repeated.causes()[0].since, earlier.at, "inserted at {place}");
    }
}

#[test]
fn version_that_is_listed_twice_counts_once() {
    let mut world = World::default();
    world.add(2, |facts| {
        took_ruuter(facts);
        took_ruuter(facts);
    });
    world.add(50, |_| {});
    world.fail(0, 2);
    assert!(world.summary().is_empty());
}

#[test]
fn institution_that_has_all_chatbots_is_no_cause() {
    let mut world = World::default();
    world.add(20, of("tax-board"));
    world.fail(0, 20);
    assert!(world.summary().is_empty());
    world.caps.insert(ChatbotType::Institution, 6);
    assert_eq!(world.summary(), ["everything 1 = institution tax-board 20/20, 0/0"]);
}

#[test]
fn host_and_version_of_all_chatbots_are_no_cause() {
    let mut world = World::default();
    world.add(20, |facts| {
        on("a.example.ee")(facts);
        took_ruuter(facts);
    });
    world.fail(0, 20);
    assert!(world.summary().is_empty());
}

#[test]
fn host_is_found_in_a_network_of_five() {
    let mut world = World::default();
    world.add(3, on("a.example.ee"));
    world.add(2, |_| {});
    world.fail(0, 3);
    assert_eq!(world.summary(), ["host a.example.ee 3/3, 0/2"]);
}

#[test]
fn chatbots_without_versions_are_among_the_others_of_a_version() {
    let mut world = World::default();
    world.add(5, |facts| facts.versions.push(reported("widget", "1.0.0", 60)));
    world.add(20, |_| {});
    world.fail(0, 5);
    assert_eq!(world.summary(), ["version widget 1.0.0 5/5, 0/20"]);
}

#[test]
fn only_dmr_is_no_cause() {
    let mut world = World::default();
    world.add(50, |facts| facts.dmrs = dmrs(&["narva"]));
    world.fail_for(0, 30, &[dmr("narva")]);
    assert!(world.summary().is_empty());
}

#[test]
fn dmr_is_compared_where_another_reports_only() {
    let mut world = World::default();
    world.add(10, |_| {});
    let alone = world.add(50, |facts| facts.dmrs = dmrs(&["narva"]));
    world.add(3, |facts| facts.dmrs = dmrs(&[]));
    world.fail_for(0, 8, &[dmr("narva")]);
    world.fail_for(alone, 40, &[dmr("narva")]);
    assert_eq!(world.summary(), ["dmr narva 8/10, 0/10"]);
}

#[test]
fn failures_that_probes_alone_found_have_a_cause() {
    let mut world = World::default();
    world.add(5, on("a.example.ee"));
    world.add(50, |facts| facts.dmrs = dmrs(&[]));
    world.fail_for(0, 5, &[]);
    assert_eq!(world.summary(), ["host a.example.ee 5/5, 0/50"]);
}

/// The network falls apart into hosts that fail one by one.
#[test]
fn number_of_causes_is_limited() {
    let mut world = World::default();
    for number in 0..MAX_CAUSES + 5 {
        let place = world.add(3, |facts: &mut AtRisk| facts.host = format!("shared-{number}.example.ee"));
        world.fail(place, 3);
    }
    world.add(500, |_| {});
    assert_eq!(world.summary().len(), MAX_CAUSES);
}
