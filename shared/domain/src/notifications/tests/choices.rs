//! Settings, coverage and states of a subscription, and the limits of its address.

use super::world::{NOON, World, at, describe, name, publish, secs, settings, world};
use crate::{
    alerts::EventKind,
    chatbots::ChatbotType,
    health::Cause,
    notifications::{
        Address, Channel, Conditions, Coverage, Decision, DropReason, EndedBy, SendHistory, SmsBudget, State,
        Subscription, Undeliverable, decide,
    },
};

#[test]
fn outage_that_was_told_is_told_to_be_over_whatever_the_settings_are_now() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    world.pass(600);
    let change = settings(r#"{"kinds":["update"],"leastImportance":"critical"}"#);
    world.subscription.settings = world.subscription.settings.clone().changed(change);
    world.online(&own);
    world.pass(600);
    world.offline(&own);
    world.pass(600);
    world.online(&own);
    world.pass(600);
    let told: Vec<_> = world.messages.iter().flat_map(|message| &message.entries).map(describe).collect();
    assert_eq!(told, ["tax-1 offline", "tax-1 back"]);
}

#[test]
fn outages_that_are_no_longer_wanted_are_one_with_that_which_was_told() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    world.pass(600);
    world.subscription.settings = world.subscription.settings.clone().changed(settings(r#"{"kinds":["update"]}"#));
    for is_online in [true, false, true, false] {
        world.now += secs(10);
        let _ = if is_online { world.online(&own) } else { world.offline(&own) };
    }
    world.pass(600);
    world.online(&own);
    world.pass(600);
    let told: Vec<_> = world.messages.iter().flat_map(|message| &message.entries).map(describe).collect();
    assert_eq!(told, ["tax-1 offline", "tax-1 back"]);
}

#[test]
fn digest_collects_what_is_not_critical() {
    let mut world = World::new(Channel::Mail, settings(r#"{"digest":{"daily":"14:00"}}"#), at(NOON));
    let own = world.enrol("tax-1", "tax");
    publish(&mut world, "tax-1", "mandatory", "2.2.0");
    world.pass(60);
    world.offline(&own);
    world.pass(60);
    publish(&mut world, "tax-1", "optional", "2.3.0");
    world.pass(12 * 3600);
    let expected =
        ["2026-11-26T10:01:30Z tax-1 offline", "2026-11-26T12:00:00Z tax-1 update 2.2.0, tax-1 update 2.3.0"];
    assert_eq!(world.summary(), expected);
}

#[test]
fn release_that_was_withdrawn_while_its_notification_waits_is_not_told() {
    let mut world = World::new(Channel::Mail, settings(r#"{"digest":{"daily":"14:00"}}"#), at(NOON));
    world.enrol("tax-1", "tax");
    for version in ["2.2.0", "2.3.0"] {
        publish(&mut world, "tax-1", "mandatory", version);
    }
    world.withdrawn.insert((name("ruuter"), "2.3.0".parse().expect("a version")));
    world.pass(12 * 3600);
    assert_eq!(world.summary(), ["2026-11-26T12:00:00Z tax-1 update 2.2.0"]);
    assert_eq!(world.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>(), [DropReason::Withdrawn]);
    assert!(world.pending.is_empty());
}

#[test]
fn cap_that_was_reached_for_a_moment_is_not_told_to_administrators() {
    let mut world = world();
    world.subscription.coverage = Coverage::Operations;
    let kind = ChatbotType::Ministry;
    for seconds in [10, 300] {
        let cause = Cause::Forced("test".to_owned());
        world.event(EventKind::CapReached { kind, chatbot: name("tax-1"), cause }, None);
        world.pass(seconds);
        world.event(EventKind::CapReleased { kind }, None);
        world.pass(3600);
    }
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    world.pass(3600);
    assert_eq!(world.messages.len(), 2, "{:?}", world.summary());
    let reasons: Vec<_> = world.dropped.iter().map(|dropped| dropped.reason).collect();
    assert_eq!(reasons, [DropReason::CameAndWent, DropReason::CameAndWent, DropReason::NotCovered]);
}

#[test]
fn state_of_the_subscription_decides_first() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    let later = world.now + secs(60);
    let decided = |subscription: &Subscription| {
        decide(subscription, &world.pending, &SendHistory::default(), &Conditions::default(), later)
    };
    let active = &world.subscription;
    assert!(matches!(decided(active), Decision::Deliver { .. }));
    assert_eq!(decided(&active.paused(later).expect("active")), Decision::Nothing);
    assert_eq!(decided(&active.failed("403".to_owned(), later).expect("active")), Decision::Nothing);
    assert_eq!(decided(&active.ended(EndedBy::Owner, later)), Decision::Drop(Undeliverable::Ended));
    let pending = Subscription { state: State::Pending { since: later }, ..active.clone() };
    assert_eq!(decided(&pending), Decision::Drop(Undeliverable::NotConfirmed));
    let address = Address::new(Channel::Sqs, "arn:aws:sqs:eu-north-1:000000000000:alerts").expect("an address");
    assert!(matches!(decided(&Subscription { address, ..active.clone() }), Decision::Deliver { .. }));
}

#[test]
fn text_messages_keep_their_ceilings_and_their_budget() {
    let mut world = World::new(Channel::Sms, settings("{}"), at(NOON));
    let own: Vec<_> = (10..40).map(|number| world.enrol(&format!("tax-{number}"), "tax")).collect();
    for chatbot in &own {
        world.offline(chatbot);
        world.pass(120);
    }
    let minutes: Vec<_> = world.messages.iter().map(|message| message.at.duration_since(at(NOON)).as_secs()).collect();
    assert_eq!(minutes, [30, 150, 270, 390, 510, 930, 1050, 1170, 1290, 1410, 1830]);
    world.pass(7200);
    assert_eq!(world.messages.len(), 12);
    let renews_at = at("2026-12-01T00:00:00Z");
    world.sms = Some(SmsBudget { left: 0, renews_at });
    world.online(&own[0]);
    assert_eq!(world.wake(), Some(renews_at));
}

#[test]
fn chatbot_that_is_not_chosen_is_not_told_and_one_that_is_no_longer_chosen_neither() {
    let mut world = world();
    let (own, other) = (world.enrol("tax-1", "tax"), world.enrol("tax-2", "tax"));
    let chosen = |chatbots| Coverage::Chatbots { institution: name("tax"), chatbots };
    world.subscription.coverage = chosen([own.clone()].into());
    world.offline(&own);
    world.offline(&other);
    world.pass(600);
    world.subscription.coverage = chosen([other].into());
    world.online(&own);
    world.pass(600);
    let told: Vec<_> = world.messages.iter().flat_map(|message| &message.entries).map(describe).collect();
    assert_eq!(told, ["tax-1 offline"]);
    assert_eq!(world.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>(), [DropReason::NotCovered; 2]);
}

#[test]
fn paused_subscription_is_told_the_status_after_it_and_no_old_update() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.subscription = world.subscription.paused(world.now).expect("active");
    publish(&mut world, "tax-1", "mandatory", "2.2.0");
    world.offline(&own);
    world.pass(8 * 86_400);
    assert_eq!(world.summary(), [""; 0]);
    world.subscription = world.subscription.resumed(world.now).expect("paused");
    world.pass(600);
    assert_eq!(world.summary(), ["2026-12-04T10:00:00Z tax-1 offline"]);
    assert_eq!(world.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>(), [DropReason::Expired]);
}
