//! Cases with right answers.

use super::world::{NIGHT, NOON, World, at, describe, name, publish, secs, settings, world};
use crate::{
    alerts::{Event, EventKind},
    chatbots::Status,
    health::{Cause, FlapDamper, Notify},
    notifications::{Before, Channel, Coverage, DropReason, Entry, Notified, Outage, PendingNotification},
    outages::{OutageChange, OutageId},
};

#[test]
fn storm_makes_one_message_per_subscription_within_two_minutes() {
    let mut world = world();
    let own: Vec<_> = (0..5).map(|number| world.enrol(&format!("tax-{number}"), "tax")).collect();
    let began = world.now;
    // 10,000 chatbots in 60 s, and each twelfth second one of ours.
    for second in 0..60 {
        world.outages.extend(std::iter::repeat_n(world.now, 167));
        if second % 12 == 0 {
            world.offline(&own[second / 12]);
        }
        world.pass(1);
    }
    world.pass(3600);
    let [message] = world.messages.as_slice() else { panic!("{:?}", world.summary()) };
    assert_eq!(message.entries.len(), 5);
    assert!(message.at <= began + secs(120), "{}", message.at);
    assert!(message.at >= began + secs(59 + 30), "{}", message.at);
}

/// The storm does not end.
#[test]
fn storm_holds_messages_for_two_minutes_at_most() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    let began = world.now;
    world.outages.extend(std::iter::repeat_n(world.now, 20));
    for second in 0..600 {
        world.outages.push(world.now);
        if second == 10 {
            world.offline(&own);
        }
        world.pass(1);
    }
    assert_eq!(world.summary(), [format!("{} tax-1 offline", began + secs(120))]);
}

#[test]
fn many_outages_and_a_release_for_many_are_one_message_each() {
    let mut world = world();
    let own: Vec<_> = (100..250).map(|number| world.enrol(&format!("tax-{number}"), "tax")).collect();
    own.iter().take(20).for_each(|chatbot| drop(world.offline(chatbot)));
    world.pass(3600);
    assert_eq!(world.messages.iter().map(|message| message.entries.len()).collect::<Vec<_>>(), [20]);
    for chatbot in &own {
        publish(&mut world, chatbot.name.as_str(), "mandatory", "2.2.0");
    }
    world.pass(3600);
    assert_eq!(world.messages.iter().map(|message| message.entries.len()).collect::<Vec<_>>(), [20, 150]);
}

/// The damper of the engine decides which changes are quiet, as in the product.
fn flaps_for_a_day(least: &str) -> World {
    let change = settings(&format!(r#"{{"leastImportance":"{least}"}}"#));
    let mut world = World::new(Channel::Mail, change, at(NOON));
    let own = world.enrol("tax-1", "tax");
    let (mut damper, mut since, mut status) = (FlapDamper::default(), world.now, Status::Online);
    for minute in 0..30 * 60 {
        if minute < 24 * 60 {
            since = world.now;
            let was = status;
            status = if was == Status::Online { Status::Offline } else { Status::Online };
            let chatbot = own.name.clone();
            match damper.record_change(world.now) {
                Notify::Nothing => {}
                Notify::Flapping => drop(world.event(EventKind::ChatbotFlapping { chatbot, status }, Some(&own))),
                Notify::Change if status == Status::Offline => drop(world.offline(&own)),
                Notify::Change => drop(world.event(EventKind::ChatbotOnline { chatbot, was }, Some(&own))),
            }
        } else if damper.settle(since, world.now) {
            let kind = EventKind::ChatbotSettled { chatbot: own.name.clone(), status };
            world.event(kind, Some(&own));
        }
        world.pass(60);
    }
    world
}

#[test]
fn flapping_chatbot_makes_six_messages_a_day_and_the_last_says_settled() {
    let world = flaps_for_a_day("info");
    let summary = world.summary();
    assert!(summary.len() <= 6, "{summary:?}");
    let last = summary.iter().rev().take(2).rev().map(|line| line.split_once(' ').expect("a time").1);
    assert_eq!(last.collect::<Vec<_>>(), ["tax-1 flapping", "tax-1 settled Online"]);
}

#[test]
fn settling_is_told_to_whoever_was_told_of_flapping_or_of_another_status() {
    let warning = flaps_for_a_day("warning");
    assert_eq!(warning.messages.last().map(|last| describe(&last.entries[0])), Some("tax-1 settled Online".to_owned()));
    // Those who hear of critical changes only were told "back" before the flapping.
    let critical = flaps_for_a_day("critical");
    assert!(!critical.summary().iter().any(|line| line.contains("flapping")), "{:?}", critical.summary());
    assert_eq!(critical.messages.last().map(|last| describe(&last.entries[0])), Some("tax-1 back".to_owned()));
}

#[test]
fn single_change_of_a_flapping_chatbot_is_dropped_until_it_has_settled() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    let chatbot = || own.name.clone();
    world.event(EventKind::ChatbotFlapping { chatbot: chatbot(), status: Status::Offline }, Some(&own));
    world.pass(600);
    world.online(&own);
    world.pass(600);
    world.offline(&own);
    world.pass(600);
    world.event(EventKind::ChatbotSettled { chatbot: chatbot(), status: Status::Offline }, Some(&own));
    world.pass(600);
    world.online(&own);
    world.pass(600);
    let told: Vec<_> = world.messages.iter().flat_map(|message| &message.entries).map(describe).collect();
    assert_eq!(told, ["tax-1 flapping", "tax-1 settled Offline", "tax-1 back"]);
    assert_eq!(world.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>(), [DropReason::Flapping; 2]);
}

#[test]
fn outage_of_20_seconds_is_not_told_and_one_of_40_is_told_with_its_end() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    world.pass(20);
    world.online(&own);
    world.pass(3600);
    assert_eq!(world.summary(), [""; 0]);
    assert!(world.dropped.iter().all(|dropped| dropped.reason == DropReason::CameAndWent), "{:?}", world.dropped);
    let began = world.now;
    world.offline(&own);
    world.pass(40);
    world.online(&own);
    world.pass(3600);
    let expected = [format!("{} tax-1 offline", began + secs(30)), format!("{} tax-1 back", began + secs(90))];
    assert_eq!(world.summary(), expected);
    let outage = Some(Outage { began, ended: began + secs(40) });
    let before = Some(Before::Offline { since: began });
    let back = Entry::Online { chatbot: own.name, since: began + secs(40), outage, before };
    assert_eq!(world.messages[1].entries, [back]);
}

#[test]
fn event_that_arrives_three_times_is_told_once() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    let event = world.offline(&own);
    world.deliver_event(&event, Some(&own));
    assert_eq!(world.pending.len(), 1);
    world.pass(29);
    assert!(world.wake().is_some() && world.wake().is_some());
    world.pass(60);
    world.deliver_event(&event, Some(&own));
    world.pass(600);
    publish(&mut world, "tax-1", "critical", "2.2.0");
    world.pass(600);
    publish(&mut world, "tax-1", "critical", "2.2.0");
    world.pass(600);
    let told: Vec<_> = world.messages.iter().flat_map(|message| &message.entries).map(describe).collect();
    assert_eq!(told, ["tax-1 offline", "tax-1 update 2.2.0"]);
    assert_eq!(world.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>(), [DropReason::Repeated; 2]);
}

#[test]
fn former_owner_is_told_nothing_of_another_enrolment() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    world.pass(10);
    let foreign = world.enrol("tax-1", "police");
    world.offline(&foreign);
    world.pass(3600);
    assert_eq!(world.summary(), [""; 0]);
    let reasons: Vec<_> = world.dropped.iter().map(|dropped| dropped.reason).collect();
    assert_eq!(reasons, [DropReason::OtherEnrolment, DropReason::OtherInstitution]);
    // The same institution enrols the name again: it is another chatbot, and nothing was told of it.
    let again = world.enrol("tax-1", "tax");
    world.online(&again);
    world.pass(3600);
    assert_eq!(world.summary(), [""; 0]);
}

#[test]
fn former_institution_is_told_that_the_chatbot_moved_and_the_new_one_nothing() {
    let (mut old, mut new) = (world(), world());
    new.subscription.coverage = Coverage::Institution { institution: name("police") };
    let own = old.enrol("tax-1", "tax");
    new.enrol("tax-1", "tax");
    old.offline(&own);
    old.pass(60);
    for world in [&mut old, &mut new] {
        world.now = at(NOON) + secs(120);
        world.present.get_mut("tax-1").expect("enrolled").institution = name("police");
        let now = world.now;
        world.queue(PendingNotification::moved_away("moved-1".to_owned(), own.clone(), now, now));
        world.pass(600);
        world.online(&own);
        world.pass(600);
    }
    let told: Vec<_> = old.messages.iter().flat_map(|message| &message.entries).map(describe).collect();
    assert_eq!(told, ["tax-1 offline", "tax-1 moved away"]);
    assert_eq!(new.summary(), [""; 0]);
    assert!(old.told.chatbots.is_empty());
}

#[test]
fn chatbot_that_moves_while_it_is_online_is_not_mentioned() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    world.present.get_mut("tax-1").expect("enrolled").institution = name("police");
    let now = world.now;
    world.queue(PendingNotification::moved_away("moved-1".to_owned(), own, now, now));
    world.pass(600);
    assert_eq!(world.summary(), [""; 0]);
}

#[test]
fn critical_breaks_through_quiet_hours_and_the_rest_waits_for_the_morning() {
    let night = r#"{"quietHours":{"daily":{"from":"22:00","until":"07:00","except":"critical"}}}"#;
    let mut world = World::new(Channel::Mail, settings(night), at("2026-11-26T21:00:00Z"));
    let own = world.enrol("tax-1", "tax");
    publish(&mut world, "tax-1", "optional", "2.2.0");
    world.run(at("2026-11-27T00:00:00Z"));
    world.offline(&own);
    world.pass(600);
    world.online(&own);
    world.pass(12 * 3600);
    let expected = [
        "2026-11-27T00:00:30Z tax-1 offline",
        "2026-11-27T00:10:30Z tax-1 back",
        "2026-11-27T05:00:00Z tax-1 update 2.2.0",
    ];
    assert_eq!(world.summary(), expected);
}

#[test]
fn outages_of_the_night_that_are_over_are_one_summary() {
    let mut world = World::new(Channel::Mail, settings(NIGHT), at("2026-11-26T21:00:00Z"));
    let own = world.enrol("tax-1", "tax");
    for seconds in [300, 20, 600] {
        world.offline(&own);
        world.pass(seconds);
        world.online(&own);
        world.pass(3600);
    }
    world.pass(12 * 3600);
    assert_eq!(world.summary(), ["2026-11-27T05:00:00Z tax-1 2 short 900s"]);
}

#[test]
fn outage_that_was_told_before_quiet_hours_is_told_to_be_over_after_them() {
    let mut world = World::new(Channel::Mail, settings(NIGHT), at("2026-11-26T19:58:00Z"));
    let own = world.enrol("tax-1", "tax");
    world.offline(&own);
    world.pass(3600);
    world.online(&own);
    world.pass(12 * 3600);
    assert_eq!(world.summary(), ["2026-11-26T19:58:30Z tax-1 offline", "2026-11-27T05:00:00Z tax-1 back"]);
}

#[test]
fn end_of_an_outage_that_was_not_told_is_not_told_and_its_late_beginning_neither() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    let cause = Cause::Forced("test".to_owned());
    let kind = EventKind::ChatbotOffline { chatbot: own.name.clone(), cause };
    let late = Event { id: "late".to_owned(), at: world.now, quiet: false, kind };
    world.pass(60);
    world.online(&own);
    world.pass(600);
    world.deliver_event(&late, Some(&own));
    world.pass(600);
    assert_eq!(world.summary(), [""; 0]);
    let reasons: Vec<_> = world.dropped.iter().map(|dropped| dropped.reason).collect();
    assert_eq!(reasons, [DropReason::NotToldOffline, DropReason::Repeated]);
}

#[test]
fn planned_outage_that_is_cancelled_before_it_was_told_is_not_told_and_a_change_that_is_cancelled_is() {
    let mut world = world();
    let start = world.now + secs(90_000);
    let outage = OutageId::new(world.now, &[7; 10]);
    let event = |change| {
        let reason = "upgrade".to_owned().try_into().expect("a reason");
        EventKind::PlannedOutage { outage, institution: name("tax"), change, start, end: start + secs(3600), reason }
    };
    let told = |world: &World| -> Vec<_> {
        let entries = world.messages.iter().flat_map(|message| &message.entries);
        let changes = entries.map(|entry| match entry {
            Entry::PlannedOutage { change, .. } => *change,
            other => panic!("not expected: {other:?}"),
        });
        changes.collect()
    };
    let at_once = world.now;
    world.event(event(OutageChange::Confirmed), None);
    world.pass(20);
    world.event(event(OutageChange::Cancelled), None);
    world.pass(3600);
    assert_eq!(told(&world), [], "requested and cancelled");
    world.now = at_once;
    world.told = Notified::default();
    world.event(event(OutageChange::Confirmed), None);
    world.pass(600);
    world.event(event(OutageChange::Confirmed), None);
    world.pass(20);
    world.event(event(OutageChange::Cancelled), None);
    world.pass(3600);
    assert_eq!(told(&world), [OutageChange::Confirmed, OutageChange::Cancelled]);
}
