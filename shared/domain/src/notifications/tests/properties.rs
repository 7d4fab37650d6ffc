//! Properties of random histories.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{
    model::{Expected, Facts, Model, Planned},
    world::{Last, NIGHT, World, at, describe, name, secs, settings, subject},
};
use crate::{
    incidents::State,
    notifications::{
        CRITICAL_GAP, Channel, Enrolment, Entry, FIRST_WAIT, LastNotified, Storm, ceilings,
        schedule::{MAX_STORM_HOLD, STORM_CALM, STORM_OUTAGES, STORM_SPAN},
    },
    outages::{Covered, EarlyEnd, OutageId, Window},
};

#[derive(Clone, Debug)]
enum Step {
    /// The chatbot changes its status. The incident of an outage is transient, or there is none.
    Change(usize, bool),
    /// This many seconds pass without a wake-up.
    Sleep(i64),
    /// A wake-up that nobody asked for.
    Wake,
    /// This many seconds pass, with the wake-ups that were asked for.
    Pass(i64),
    /// The last event of the chatbot arrives again.
    Repeat(usize),
    /// An outage of all chatbots is planned, so many seconds ahead and for so many.
    Plan(i64, i64),
    /// A planned outage is cancelled; one that is in progress ends.
    Cancel(usize),
    /// A planned outage that is in progress is to end in so many seconds.
    Move(usize, i64),
}

const CHATBOTS: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..CHATBOTS, prop::bool::weighted(0.3)).prop_map(|(chatbot, is_transient)| Step::Change(chatbot, is_transient)),
        2 => (0_i64..90).prop_map(Step::Sleep),
        1 => Just(Step::Wake),
        3 => prop_oneof![0_i64..70, 0_i64..900, 0_i64..40_000].prop_map(Step::Pass),
        1 => (0..CHATBOTS).prop_map(Step::Repeat),
        1 => (1_i64..900, 60_i64..4_000).prop_map(|(ahead, length)| Step::Plan(ahead, length)),
        1 => (0_usize..8).prop_map(Step::Cancel),
        1 => (0_usize..8, 1_i64..2_000).prop_map(|(planned, seconds)| Step::Move(planned, seconds)),
    ]
}

/// Seconds, except the length of the first wait: then the message is made at the very end.
fn outage_length() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..FIRST_WAIT.as_secs(), FIRST_WAIT.as_secs() + 1..200]
}

fn channel() -> impl Strategy<Value = Channel> {
    prop_oneof![Just(Channel::Mail), Just(Channel::Sms), Just(Channel::Webhook)]
}

const CRITICAL_AT_NIGHT: &str =
    r#"{"quietHours":{"daily":{"from":"22:00","until":"07:00","except":"critical"}},"digest":"hourly"}"#;

fn quiet() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("{}"), Just(NIGHT), Just(CRITICAL_AT_NIGHT),]
}

fn expected(entry: &Entry) -> Expected {
    match entry {
        Entry::Offline { chatbot, since, .. } => Expected::Offline(chatbot.clone(), *since),
        Entry::Online { chatbot, outage: Some(outage), since, .. } => {
            assert!(*since >= outage.ended);
            Expected::Back(chatbot.clone(), outage.began, outage.ended)
        }
        Entry::ShortOutages { chatbot, count, total, .. } => Expected::Short(chatbot.clone(), *count, *total),
        other => panic!("not expected: {other:?}"),
    }
}

/// Wakes once. Compares the message, if one was decided upon.
fn wake(world: &mut World, model: &mut Model) -> Option<Timestamp> {
    let messages = world.messages.len();
    let next = world.wake();
    let planned = |one: &Window| Planned { start: one.start, end: one.end, is_early: one.early_end.is_some() };
    let planned: Vec<_> = world.windows.iter().map(planned).collect();
    let facts = |incidents| Facts { planned: &planned, incidents, now: world.now };
    match world.last {
        Last::Waited => {}
        Last::Dropped { incidents } => model.drop_held(facts(incidents)),
        Last::Decided => {
            let entries = world.messages[messages..].iter().flat_map(|message| &message.entries);
            let mut entries: Vec<_> = entries.map(expected).collect();
            entries.sort();
            assert_eq!(entries, model.message(facts(true)), "at {}", world.now);
        }
    }
    next
}

/// Plans or changes planned outages, as their functions do.
fn replan(world: &mut World, step: &Step) {
    let now = world.now;
    match *step {
        Step::Plan(ahead, length) => {
            let (start, number) = (now + secs(ahead), u8::try_from(world.windows.len()).expect("a small number"));
            world.windows.push(Window {
                outage: OutageId::new(now, &[number; 10]),
                chatbots: Covered::All,
                start,
                end: start + secs(length),
                planned_end: start + secs(length),
                confirmed_at: now,
                early_end: None,
            });
        }
        Step::Cancel(one) => match world.windows.get_mut(one) {
            Some(window) if now < window.start => drop(world.windows.remove(one)),
            Some(window) if now < window.end => {
                (window.end, window.early_end) = (now, Some(EarlyEnd::Cancelled));
            }
            _ => {}
        },
        Step::Move(one, seconds) => {
            let in_progress = |window: &&mut Window| window.start <= now && now < window.end;
            if let Some(window) = world.windows.get_mut(one).filter(in_progress) {
                let end = now + secs(seconds);
                window.early_end = (end < window.end.min(window.planned_end)).then_some(EarlyEnd::Shortened);
                window.end = end;
            }
        }
        _ => {}
    }
}

fn pass(world: &mut World, model: &mut Model, end: Timestamp) {
    while let Some(next) = wake(world, model).filter(|next| *next <= end) {
        world.now = next;
    }
    world.now = end;
}

fn check_ceilings(world: &World) -> Result<(), TestCaseError> {
    let sent: Vec<_> = world.messages.iter().map(|message| message.at).collect();
    for pair in sent.windows(2) {
        prop_assert!(pair[1].duration_since(pair[0]) >= CRITICAL_GAP, "{:?}", world.summary());
    }
    for ceiling in ceilings(world.subscription.address.channel()) {
        for at in &sent {
            let within = sent.iter().filter(|other| **other <= *at && at.duration_since(**other) < ceiling.span);
            prop_assert!(within.count() <= ceiling.messages, "{ceiling:?} {:?}", world.summary());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Every message agrees with the plain model, no ceiling is exceeded, and in the end everybody knows the truth.
    #[test]
    fn messages_agree_with_plain_model(
        steps in prop::collection::vec(step(), 1..80), channel in channel(), quiet in quiet(),
    ) {
        let mut world = World::new(channel, settings(quiet), at("2026-11-26T19:30:00Z"));
        let own: Vec<_> = (0..CHATBOTS).map(|number| world.enrol(&format!("tax-{number}"), "tax")).collect();
        let (mut model, mut is_offline, mut last) = (Model::default(), [false; CHATBOTS], BTreeMap::new());
        for step in steps {
            match step {
                Step::Change(chatbot, is_transient) => {
                    // Two changes of one chatbot are never at the same time.
                    world.now += secs(1);
                    let name = &own[chatbot].name;
                    is_offline[chatbot] = !is_offline[chatbot];
                    let event = if is_offline[chatbot] {
                        model.offline(name, world.now, is_transient);
                        let event = world.offline(&own[chatbot]);
                        world.incidents.remove(&own[chatbot]);
                        if is_transient {
                            world.suspect(&own[chatbot], &event, State::Transient);
                        }
                        event
                    } else {
                        model.online(name, world.now);
                        world.online(&own[chatbot])
                    };
                    last.insert(chatbot, event);
                }
                Step::Sleep(seconds) => world.now += secs(seconds),
                Step::Wake => drop(wake(&mut world, &mut model)),
                Step::Pass(seconds) => {
                    let end = world.now + secs(seconds);
                    pass(&mut world, &mut model, end);
                }
                Step::Repeat(chatbot) => {
                    if let Some(event) = last.get(&chatbot) {
                        world.deliver_event(event, Some(&own[chatbot]));
                    }
                }
                Step::Plan(..) | Step::Cancel(_) | Step::Move(..) => {
                    world.now += secs(1);
                    replan(&mut world, &step);
                    let _ = wake(&mut world, &mut model);
                }
            }
        }
        let end = world.now + SignedDuration::from_hours(24);
        pass(&mut world, &mut model, end);
        check_ceilings(&world)?;
        prop_assert!(world.pending.is_empty());
        for (chatbot, is_offline) in own.iter().zip(is_offline) {
            let told = world.told.chatbots.get(chatbot).is_some_and(|told| told.status == LastNotified::Offline);
            prop_assert_eq!(told, is_offline, "{:?}", world.summary());
            prop_assert_eq!(model.was_told_offline(&chatbot.name), is_offline);
        }
    }

    /// Outages that are minutes apart, and nothing holds messages longer: each that is longer than the first wait is
    /// told once, and its end once. Of the others those are told, with their end, that a message which was due met.
    #[test]
    fn long_outage_and_its_end_are_told_once(
        outages in prop::collection::vec((outage_length(), 400_i64..5_000), 1..12), is_night_quiet in any::<bool>(),
    ) {
        let quiet = if is_night_quiet { CRITICAL_AT_NIGHT } else { "{}" };
        let mut world = World::new(Channel::Mail, settings(quiet), at("2026-11-26T19:30:00Z"));
        let own = world.enrol("tax-1", "tax");
        let mut lengths = BTreeMap::new();
        for (length, pause) in outages {
            lengths.insert(world.now, secs(length));
            world.offline(&own);
            world.pass(length);
            world.online(&own);
            world.pass(pause);
        }
        world.pass(86_400);
        let (mut begun, mut over, mut ended, mut total) = (Vec::new(), BTreeSet::new(), 0, SignedDuration::ZERO);
        for entry in world.messages.iter().flat_map(|message| &message.entries) {
            match entry {
                Entry::Offline { since, .. } => begun.push(*since),
                Entry::Online { outage: Some(outage), .. } => {
                    prop_assert!(over.insert(outage.began) && begun.contains(&outage.began));
                    total += outage.ended.duration_since(outage.began);
                    ended += 1;
                }
                Entry::ShortOutages { count, total: part, .. } => {
                    total += *part;
                    ended += count;
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert!(begun.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", world.summary());
        prop_assert!(begun.iter().all(|since| lengths.contains_key(since)), "{:?}", world.summary());
        let told = lengths.iter().filter(|(began, length)| **length > FIRST_WAIT || begun.contains(began));
        let told: Vec<_> = told.map(|(_, length)| *length).collect();
        prop_assert_eq!((ended, total), (told.len(), told.iter().sum()), "{:?}", world.summary());
        check_ceilings(&world)?;
    }

    /// Names are enrolled again, and chatbots move between institutions, while notifications wait. No message names a
    /// chatbot of another institution, except that it moved away; "back" follows "offline".
    #[test]
    fn no_message_names_a_chatbot_of_another_institution(
        steps in prop::collection::vec((0_usize..3, 0_u8..6, 0_i64..200), 1..80), quiet in quiet(),
    ) {
        let mut world = World::new(Channel::Webhook, settings(quiet), at("2026-11-26T19:30:00Z"));
        let mut present: Vec<Enrolment> = (0..3).map(|number| world.enrol(&format!("bot-{number}"), "tax")).collect();
        let mut was_told_offline: BTreeSet<String> = BTreeSet::new();
        for (chatbot, action, seconds) in steps {
            world.now += secs(1);
            let bot = present[chatbot].clone();
            match action {
                0 | 1 => drop(world.offline(&bot)),
                2 => drop(world.online(&bot)),
                3 => {
                    if let Some(facts) = world.present.get_mut(&bot.name) {
                        facts.institution = name(if facts.institution == name("tax") { "police" } else { "tax" });
                    }
                }
                4 => {
                    was_told_offline.remove(bot.name.as_str());
                    present[chatbot] = world.enrol(bot.name.as_str(), if seconds % 2 == 0 { "tax" } else { "police" });
                }
                _ => {
                    was_told_offline.remove(bot.name.as_str());
                    world.present.remove(&bot.name);
                }
            }
            // Facts change between messages only, as they do while a message is made.
            let end = world.now + secs(seconds);
            loop {
                let count = world.messages.len();
                let next = world.wake();
                for entry in world.messages[count..].iter().flat_map(|message| &message.entries) {
                    let about = subject(entry).expect("a chatbot");
                    let facts = world.present.get(about);
                    let is_own = facts.is_some_and(|facts| facts.institution == name("tax"));
                    let was_told = was_told_offline.remove(about.as_str());
                    let is_right = match entry {
                        Entry::Offline { .. } => is_own && was_told_offline.insert(about.to_string()),
                        Entry::MovedAway { .. } => facts.is_some() && !is_own && was_told,
                        Entry::Online { .. } => is_own && was_told,
                        _ => is_own,
                    };
                    prop_assert!(is_right, "{}", describe(entry));
                }
                match next {
                    Some(next) if next <= end => world.now = next,
                    _ => break,
                }
            }
            world.now = end;
        }
    }

    /// A storm begins with the twentieth outage of a minute, and messages wait for two minutes at most.
    #[test]
    fn storm_agrees_with_plain_model(gaps in prop::collection::vec(0_i64..12, 1..80), later in 0_i64..40) {
        let start = at("2026-11-26T10:00:00Z");
        let mut outages = vec![start];
        for gap in gaps {
            let last = outages[outages.len() - 1];
            outages.push(last + secs(if gap > 9 { gap * 4 } else { gap / 2 }));
        }
        let now = outages[outages.len() - 1] + secs(later);
        // The outages since the last calm, and the first twenty of them within a minute.
        let calm = (1..outages.len()).rev().find(|at| outages[*at].duration_since(outages[at - 1]) >= STORM_CALM);
        let recent = &outages[calm.unwrap_or(0)..];
        let dense = recent.windows(STORM_OUTAGES).find(|some| some[STORM_OUTAGES - 1].duration_since(some[0]) <= STORM_SPAN);
        // Those before a calm count for the twenty as well.
        let all = outages.windows(STORM_OUTAGES).any(|some| {
            some[STORM_OUTAGES - 1] >= recent[0] && some[STORM_OUTAGES - 1].duration_since(some[0]) <= STORM_SPAN
        });
        let found = Storm::of(&outages, now);
        prop_assert_eq!(found.is_some(), all && secs(later) < STORM_CALM);
        if let Some(storm) = found {
            prop_assert_eq!(Some(&storm.last), outages.last());
            prop_assert!(storm.holds_until().duration_since(storm.began) <= MAX_STORM_HOLD);
            prop_assert!(dense.is_none_or(|dense| storm.began <= dense[0]));
        }
    }
}
