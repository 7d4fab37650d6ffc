//! The edges, one by one.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod bot;

use bot::{Bot, is_offline, second};
use centops_domain::{
    chatbot::{ChatbotType, Status},
    circuit::{Circuit, Probed},
    event::Fact,
    health::{Health, MAX_OBSERVERS},
    name::Name,
    observation::{Observation, Observer, Sequence, Signal, StatusCode},
    policy::Policy,
};
use centops_model::{
    history::{Action, History, Message, Mishap, Policies, Said, Step},
    invariants::MAX_BYTES,
    play::play,
    system::System,
};
use deranged::{RangedU16, RangedU32};
use jiff::SignedDuration;

/// So many failures among so many, spread, so that only their share counts.
fn codes(failed: usize, total: usize) -> Vec<u16> {
    (0..total).map(|place| if place * failed / total < (place + 1) * failed / total { 500 } else { 200 }).collect()
}

#[test]
fn an_observation_on_the_edge_of_the_window_counts_and_one_before_it_does_not() {
    let mut bot = Bot::unknown(Policy::default()); // 10 buckets of 30 s
    bot.pass(605); // the window begins at 330
    let edge = second(330);
    assert_eq!(bot.see_at("chatbot", edge, &[500]).0.counted, 1);
    assert_eq!(bot.see_at("chatbot", edge - SignedDuration::from_millis(1), &[500]).0.late, 1);
    let window = |bot: &Bot| bot.health.observers()[&bot::observer("chatbot")].window().counts(&bot.policy, bot.now);
    assert_eq!(window(&bot).total, 1);
    bot.pass(24); // 629
    assert_eq!(window(&bot).total, 1);
    bot.pass(1);
    assert_eq!(window(&bot).total, 0);
    assert_eq!(bot.health.totals().values().sum::<u64>(), 2, "the totals keep both");
}

#[test]
fn the_exact_share_takes_it_out_and_less_does_not() {
    for (failed, total, out) in [(4, 10, false), (5, 10, true), (5, 11, false), (9, 19, false), (50, 100, true)] {
        let mut bot = Bot::online(Policy::default()); // 50 %
        bot.pass(5);
        bot.see("dmr:narva", &codes(failed, total));
        bot.see("chatbot", &codes(failed, total));
        assert_eq!(bot.status() == Status::Offline, out, "{failed} of {total}");
    }
}

#[test]
fn the_exact_minimum_takes_it_out_and_one_less_does_not() {
    for (total, out) in [(9, false), (10, true)] {
        let mut bot = Bot::online(Policy::default());
        bot.pass(5);
        bot.see("chatbot", &codes(total, total));
        assert_eq!(is_offline(&bot.see("dmr:narva", &codes(total, total))), out, "{total}");
    }
}

#[test]
fn a_total_outage_is_found_by_the_thirteenth_observation_of_two() {
    let mut bot = Bot::online(Policy::default());
    bot.pass(5);
    for observer in ["chatbot", "dmr:narva"] {
        bot.see(observer, &[200; 1000]);
    }
    bot.see("chatbot", &[500; 13]);
    assert!(!is_offline(&bot.see("dmr:narva", &[500; 12])));
    assert!(is_offline(&bot.see("dmr:narva", &[500; 1])));
}

fn step(seconds: i64, action: Action) -> Step {
    Step { now: second(seconds), dice: 0.0, action, mishap: Mishap::None }
}

fn report(sequence: u128, chatbots: &[Name], at: i64) -> Action {
    let result = Ok(StatusCode::try_from(503).expect("a code"));
    let observation = Observation { at: second(at), signal: Signal::Code { result, millis: None } };
    let about = chatbots.iter().map(|chatbot| (chatbot.clone(), vec![observation; 9])).collect();
    let observer = Observer::Dmr("narva".parse().expect("a name"));
    Action::Deliver(vec![Message { observer, sequence: Sequence::from(sequence), about }])
}

#[test]
fn what_is_in_flight_when_the_chatbot_goes_counts_for_nobody_and_not_for_its_successor() {
    let chatbot: Name = "tax-board".parse().expect("a name");
    let policies = Policies { defaults: Policy::default(), own: std::collections::BTreeMap::new() };
    let enrol = || Action::Enrol { chatbot: chatbot.clone(), kind: ChatbotType::Ministry };
    let of = std::slice::from_ref(&chatbot);
    let steps = vec![
        step(0, enrol()),
        step(10, report(1, of, 9)),
        step(20, Action::Delete { chatbot: chatbot.clone() }),
        step(21, report(2, of, 19)),
        step(30, enrol()),
        step(31, report(1, of, 9)),
        step(31, report(2, of, 19)),
        step(41, report(3, of, 40)),
    ];
    play(&History { policies: policies.clone(), steps: steps.clone() }).expect("no difference");
    let mut system = System::new(policies);
    let said: Vec<_> =
        steps.iter().flat_map(|step| system.step(step).expect("it can")).map(|record| record.said).collect();
    assert_eq!(said[3], Said::Refused);
    let Said::Folded(again) = said[5] else { panic!("{:?}", said[5]) };
    assert_eq!((again.before_enrolment, again.counted), (9, 0));
    let health = system.store.health(&chatbot).expect("enrolled");
    assert_eq!(health.totals().values().sum::<u64>(), 9, "of the last message only");
}

#[test]
fn the_largest_health_stays_small() {
    let mut policy = Policy::default();
    policy.window.buckets = RangedU16::new_static::<20>();
    let mut bot = Bot::unknown(policy);
    bot.pass(86_400);
    let name = |number: usize| format!("dmr:{number:0>64}");
    for number in 0..MAX_OBSERVERS {
        for bucket in 0..20 {
            let at = bot.now - SignedDuration::from_secs(bucket * 30);
            assert_eq!(bot.see_at(&name(number), at, &codes(130, 260)).0.counted, 260);
        }
    }
    let bytes = postcard::to_stdvec(&bot.health).expect("bytes").len();
    assert!(bytes < MAX_BYTES, "{bytes} bytes");
    assert_eq!(bot.see_at(&name(64), bot.now, &[200]).0.unheard, 1, "one too many");
    bot.pass(14 * 86_400);
    assert_eq!(bot.see_at(&name(64), bot.now, &[200]).0.counted, 1, "one is forgotten");
}

#[test]
fn a_day_of_flapping_is_told_six_times_and_once_that_it_flaps() {
    let mut bot = Bot::online(Policy::default());
    let (mut changes, mut told) = (0, Vec::new());
    for minute in 0..24 * 60 {
        bot.pass(60);
        // Ten good minutes, ten bad ones.
        let bad = minute / 10 % 2 == 1;
        let code = if bad { 500 } else { 200 };
        let mut happened = bot.see("chatbot", &[code; 20]);
        happened.extend(bot.see("dmr:narva", &[code; 20]));
        happened.extend(bot.probe(!bad));
        for one in happened {
            let change = matches!(one.fact, Fact::ChatbotOnline { .. } | Fact::ChatbotOffline { .. });
            changes += usize::from(change);
            let about_it = change || matches!(one.fact, Fact::ChatbotFlapping { .. } | Fact::ChatbotSettled { .. });
            told.extend((one.told && about_it).then_some(one.fact));
        }
    }
    assert!(changes > 60, "{changes}");
    assert!(told.len() <= 6, "{told:?}");
    assert_eq!(told.iter().filter(|fact| matches!(fact, Fact::ChatbotFlapping { .. })).count(), 1);
}

#[test]
fn the_nonsense_of_one_dmr_about_all_takes_nobody_offline() {
    for _ in 0..20 {
        let mut bot = Bot::online(Policy::default());
        let mut outliers = 0;
        for _ in 0..60 {
            bot.pass(30);
            for honest in ["chatbot", "dmr:narva", "dmr:tartu"] {
                assert!(!is_offline(&bot.see(honest, &codes(1, 20))));
            }
            let happened = bot.see("dmr:tallinn", &[500; 200]);
            outliers += happened.iter().filter(|one| matches!(one.fact, Fact::ObserverOutlier { .. })).count();
            assert!(!is_offline(&happened) && !is_offline(&bot.probe(true)));
        }
        assert_eq!((bot.status(), outliers), (Status::Online, 1), "it is named once");
    }
}

#[test]
fn silence_is_noticed_within_two_usual_intervals_and_probed() {
    for usual in [60, 300, 900] {
        let mut bot = Bot::online(Policy::default());
        for _ in 0..20 {
            bot.pass(usual);
            bot.see("chatbot", &[200; 5]);
            bot.look();
        }
        let noticed = (1..=40).find(|_| {
            bot.pass(60);
            bot.look().1.iter().any(|one| matches!(one.fact, Fact::ObserverSilent { .. }))
        });
        let noticed = noticed.expect("noticed") * 60;
        assert!(noticed <= 2 * usual, "every {usual} s: after {noticed} s");
        let lease = bot.health.check().and_then(|check| check.lease).expect("probed at the same look");
        assert_eq!(bot.report(lease, false).0, Probed::Opened);
        assert_eq!(bot.status(), Status::Offline);
    }
}

/// Taken out at this moment.
fn offline() -> Bot {
    let mut bot = Bot::online(Policy::default());
    bot.pass(5);
    bot.see("chatbot", &[500; 20]);
    bot.see("dmr:narva", &[500; 20]);
    assert_eq!(bot.status(), Status::Offline);
    bot
}

#[test]
fn a_lost_prober_keeps_nothing_half_open() {
    let mut bot = offline();
    bot.pass(30);
    let lost = bot.look().0.expect("due");
    assert!(matches!(bot.health.circuit(bot.now), Circuit::HalfOpen { .. }));
    bot.pass(44);
    assert_eq!(bot.look().0, None, "another probes");
    bot.pass(1);
    assert!(matches!(bot.health.circuit(bot.now), Circuit::Open { .. }));
    assert_eq!(bot.health.due(&bot.policy), Some(bot.now));
    let next = bot.look().0.expect("due again");
    assert_eq!(bot.report(lost, true).0, Probed::Stale);
    assert_eq!(bot.report(next, true).0, Probed::Closed);
}

#[test]
fn only_a_probe_with_its_lease_brings_it_back() {
    let mut bot = offline();
    bot.pass(30);
    bot.see("chatbot", &[200; 500]);
    bot.see("dmr:narva", &[200; 500]);
    assert_eq!(bot.status(), Status::Offline, "what observers see is not enough");
    let lease = bot.look().0.expect("due");
    let other = centops_domain::circuit::Lease { id: lease.id + 1, ..lease };
    assert_eq!(bot.report(other, true).0, Probed::Stale);
    assert_eq!(bot.report(lease, true).0, Probed::Closed);
    assert_eq!(bot.report(lease, true).0, Probed::Stale, "once");
    assert_eq!(bot.status(), Status::Online);
}

#[test]
fn soon_after_a_recovery_it_goes_out_more_easily() {
    // In the first 300 s 40 % of 5 suffice; before and after it is 50 % of 10.
    for (after, out) in [(299, true), (300, false)] {
        let mut bot = offline();
        bot.pass(30);
        bot.probe(true);
        assert_eq!(bot.status(), Status::Online);
        bot.pass(after);
        bot.see("chatbot", &codes(2, 5));
        assert_eq!(is_offline(&bot.see("dmr:narva", &codes(2, 5))), out, "{after} s after it");
    }
}

#[test]
fn a_clock_that_is_ahead_neither_adds_time_to_the_window_nor_is_refused() {
    let mut bot = Bot::unknown(Policy::default());
    bot.pass(1000);
    let ahead = bot.now + SignedDuration::from_mins(5);
    assert_eq!(bot.see_at("chatbot", ahead, &[500; 3]).0.counted, 3);
    bot.pass(300);
    let window = bot.health.observers()[&bot::observer("chatbot")].window();
    assert_eq!(window.counts(&bot.policy, bot.now).total, 0, "they have left with what was seen at their coming");
}

#[test]
fn more_than_one_may_probe_where_the_policy_says_so() {
    let mut bot = offline();
    bot.policy.probe.most_in_flight = RangedU32::new_static::<2>();
    bot.pass(30);
    let leases: Vec<_> = (0..3).filter_map(|_| bot.look().0).collect();
    assert_eq!(leases.len(), 2);
    assert_eq!(bot.report(leases[1], true).0, Probed::Closed);
    assert_eq!(bot.report(leases[0], false).0, Probed::Stale, "the first result decides");
    let fresh: Health = postcard::from_bytes(&postcard::to_stdvec(&bot.health).expect("bytes")).expect("as written");
    assert_eq!(fresh, bot.health);
}
