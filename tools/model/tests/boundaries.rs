//! Boundary cases of the health engine.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod bot;

use bot::{Bot, is_offline, second};
use centops_domain::{
    alerts::EventKind,
    chatbots::{ChatbotType, Name, Status},
    health::{Cause, CheckReason, Circuit, Health, MAX_OBSERVERS, Policy, ProbeOutcome},
    ingestion::{Observation, Observer, Sequence, Signal, StatusCode},
};
use centops_model::{
    differential::compare,
    history::{Action, Fault, History, Message, Outcome, Policies, Step},
    invariants::MAX_BYTES,
    system::System,
};
use deranged::{RangedU16, RangedU32};
use jiff::SignedDuration;

/// Returns `total` codes with `failed` failures, spread evenly, so that only their share counts.
fn codes(failed: usize, total: usize) -> Vec<u16> {
    (0..total).map(|place| if place * failed / total < (place + 1) * failed / total { 500 } else { 200 }).collect()
}

#[test]
fn observation_on_the_edge_of_the_window_counts_and_one_before_it_does_not() {
    let mut bot = Bot::unknown(Policy::default()); // 10 buckets of 30 s
    bot.advance(605); // the window begins at 330
    let edge = second(330);
    assert_eq!(bot.observe_at("chatbot", edge, &[500]).0.counted, 1);
    assert_eq!(bot.observe_at("chatbot", edge - SignedDuration::from_millis(1), &[500]).0.late, 1);
    let window = |bot: &Bot| bot.health.observers()[&bot::observer("chatbot")].window().counts(&bot.policy, bot.now);
    assert_eq!(window(&bot).total, 1);
    bot.advance(24); // 629
    assert_eq!(window(&bot).total, 1);
    bot.advance(1);
    assert_eq!(window(&bot).total, 0);
    assert_eq!(bot.health.totals().values().sum::<u64>(), 2, "the totals keep both");
}

#[test]
fn exact_failure_share_ejects_and_less_does_not() {
    for (failed, total, out) in [(4, 10, false), (5, 10, true), (5, 11, false), (9, 19, false), (50, 100, true)] {
        let mut bot = Bot::online(Policy::default()); // 50 %
        bot.advance(5);
        bot.observe("dmr:narva", &codes(failed, total));
        bot.observe("chatbot", &codes(failed, total));
        assert_eq!(bot.status() == Status::Offline, out, "{failed} of {total}");
    }
}

#[test]
fn exact_minimum_ejects_and_one_less_does_not() {
    for (total, out) in [(9, false), (10, true)] {
        let mut bot = Bot::online(Policy::default());
        bot.advance(5);
        bot.observe("chatbot", &codes(total, total));
        assert_eq!(is_offline(&bot.observe("dmr:narva", &codes(total, total))), out, "{total}");
    }
}

#[test]
fn total_outage_is_found_by_the_thirteenth_observation_of_two_observers() {
    let mut bot = Bot::online(Policy::default());
    bot.advance(5);
    for observer in ["chatbot", "dmr:narva"] {
        bot.observe(observer, &[200; 1000]);
    }
    bot.observe("chatbot", &[500; 13]);
    assert!(!is_offline(&bot.observe("dmr:narva", &[500; 12])));
    assert!(is_offline(&bot.observe("dmr:narva", &[500; 1])));
}

fn step(seconds: i64, action: Action) -> Step {
    Step { now: second(seconds), jitter: 0.0, action, fault: Fault::None }
}

fn report(sequence: u128, chatbots: &[Name], at: i64) -> Action {
    let result = Ok(StatusCode::try_from(503).expect("a code"));
    let observation = Observation { at: second(at), signal: Signal::Code { result, millis: None } };
    let about = chatbots.iter().map(|chatbot| (chatbot.clone(), vec![observation; 9])).collect();
    let observer = Observer::Dmr("narva".parse().expect("a name"));
    Action::Deliver(vec![Message { observer, sequence: Sequence::from(sequence), about }])
}

#[test]
fn messages_in_flight_at_removal_do_not_count_for_the_successor() {
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
    compare(&History { policies: policies.clone(), steps: steps.clone() }).expect("no difference");
    let mut system = System::new(policies);
    let outcome: Vec<_> =
        steps.iter().flat_map(|step| system.step(step).expect("it can")).map(|record| record.outcome).collect();
    assert_eq!(outcome[3], Outcome::Refused);
    let Outcome::Folded(again) = outcome[5] else { panic!("{:?}", outcome[5]) };
    assert_eq!((again.before_enrolment, again.counted), (9, 0));
    let health = system.store.health(&chatbot).expect("enrolled");
    assert_eq!(health.totals().values().sum::<u64>(), 9, "of the last message only");
}

#[test]
fn largest_health_stays_small() {
    let mut policy = Policy::default();
    policy.window.buckets = RangedU16::new_static::<20>();
    let mut bot = Bot::unknown(policy);
    bot.advance(86_400);
    let name = |number: usize| format!("dmr:{number:0>64}");
    for number in 0..MAX_OBSERVERS {
        for bucket in 0..20 {
            let at = bot.now - SignedDuration::from_secs(bucket * 30);
            assert_eq!(bot.observe_at(&name(number), at, &codes(130, 260)).0.counted, 260);
        }
    }
    let bytes = postcard::to_stdvec(&bot.health).expect("bytes").len();
    assert!(bytes < MAX_BYTES, "{bytes} bytes");
    assert_eq!(bot.observe_at(&name(64), bot.now, &[200]).0.over_limit, 1, "one too many");
    bot.advance(14 * 86_400);
    assert_eq!(bot.observe_at(&name(64), bot.now, &[200]).0.counted, 1, "one is forgotten");
}

#[test]
fn day_of_flapping_gives_six_notifications_and_one_flapping_event() {
    let mut bot = Bot::online(Policy::default());
    let (mut changes, mut notifications) = (0, Vec::new());
    for minute in 0..24 * 60 {
        bot.advance(60);
        // Ten good minutes, ten bad ones.
        let bad = minute / 10 % 2 == 1;
        let code = if bad { 500 } else { 200 };
        let mut raised = bot.observe("chatbot", &[code; 20]);
        raised.extend(bot.observe("dmr:narva", &[code; 20]));
        raised.extend(bot.probe(!bad));
        for one in raised {
            let change = matches!(one.event, EventKind::ChatbotOnline { .. } | EventKind::ChatbotOffline { .. });
            changes += usize::from(change);
            let about_it =
                change || matches!(one.event, EventKind::ChatbotFlapping { .. } | EventKind::ChatbotSettled { .. });
            notifications.extend((one.notify && about_it).then_some(one.event));
        }
    }
    assert!(changes > 60, "{changes}");
    assert!(notifications.len() <= 6, "{notifications:?}");
    assert_eq!(notifications.iter().filter(|event| matches!(event, EventKind::ChatbotFlapping { .. })).count(), 1);
}

#[test]
fn nonsense_of_one_dmr_ejects_nobody() {
    for _ in 0..20 {
        let mut bot = Bot::online(Policy::default());
        let mut outliers = 0;
        for _ in 0..60 {
            bot.advance(30);
            for honest in ["chatbot", "dmr:narva", "dmr:tartu"] {
                assert!(!is_offline(&bot.observe(honest, &codes(1, 20))));
            }
            let raised = bot.observe("dmr:tallinn", &[500; 200]);
            outliers += raised.iter().filter(|one| matches!(one.event, EventKind::ObserverOutlier { .. })).count();
            assert!(!is_offline(&raised) && !is_offline(&bot.probe(true)));
        }
        assert_eq!((bot.status(), outliers), (Status::Online, 1), "reported once");
    }
}

#[test]
fn own_log_alone_is_probed_once_and_ejects_only_if_the_probe_fails() {
    for answers in [true, false] {
        let mut bot = Bot::online(Policy::default());
        // At night no DMR has traffic.
        let raised: Vec<_> = (0..10)
            .flat_map(|_| {
                bot.advance(5);
                bot.observe("chatbot", &[500; 20])
            })
            .collect();
        assert_eq!((bot.status(), raised), (Status::Online, vec![]));
        assert_eq!(bot.health.check().map(|check| check.reason), Some(CheckReason::OwnLog));
        let lease = bot.evaluate_due().0.expect("probed");
        let (outcome, raised) = bot.report(lease, answers);
        if answers {
            assert_eq!((outcome, raised, bot.status()), (ProbeOutcome::StaysClosed, vec![], Status::Online));
            bot.observe("chatbot", &[500; 20]);
            assert_eq!(bot.evaluate_due().0, None, "once, until its log is fine again");
        } else {
            assert!(is_offline(&raised));
            assert_eq!(bot.health.cause(), Some(&Cause::Unanswered(CheckReason::OwnLog)));
        }
    }
}

#[test]
fn silence_is_flagged_within_two_usual_intervals_and_probed() {
    for usual in [60, 300, 900] {
        let mut bot = Bot::online(Policy::default());
        for _ in 0..20 {
            bot.advance(usual);
            bot.observe("chatbot", &[200; 5]);
            bot.evaluate_due();
        }
        let flagged_after = (1..=40).find(|_| {
            bot.advance(60);
            bot.evaluate_due().1.iter().any(|one| matches!(one.event, EventKind::ObserverSilent { .. }))
        });
        let flagged_after = flagged_after.expect("flagged") * 60;
        assert!(flagged_after <= 2 * usual, "every {usual} s: after {flagged_after} s");
        let lease = bot.health.check().and_then(|check| check.lease).expect("probed by the same evaluation");
        assert_eq!(bot.report(lease, false).0, ProbeOutcome::Opened);
        assert_eq!(bot.status(), Status::Offline);
    }
}

/// Returns a chatbot that was just ejected.
fn offline() -> Bot {
    let mut bot = Bot::online(Policy::default());
    bot.advance(5);
    bot.observe("chatbot", &[500; 20]);
    bot.observe("dmr:narva", &[500; 20]);
    assert_eq!(bot.status(), Status::Offline);
    bot
}

#[test]
fn lost_prober_leaves_no_half_open_circuit() {
    let mut bot = offline();
    bot.advance(30);
    let lost = bot.evaluate_due().0.expect("due");
    assert!(matches!(bot.health.circuit(bot.now), Circuit::HalfOpen { .. }));
    bot.advance(44);
    assert_eq!(bot.evaluate_due().0, None, "another probes");
    bot.advance(1);
    assert!(matches!(bot.health.circuit(bot.now), Circuit::Open { .. }));
    assert_eq!(bot.health.due(&bot.policy).map(|due| due.at), Some(bot.now));
    let next = bot.evaluate_due().0.expect("due again");
    assert_eq!(bot.report(lost, true).0, ProbeOutcome::Stale);
    assert_eq!(bot.report(next, true).0, ProbeOutcome::Closed);
}

#[test]
fn only_a_probe_with_its_lease_closes_the_circuit() {
    let mut bot = offline();
    bot.advance(30);
    bot.observe("chatbot", &[200; 500]);
    bot.observe("dmr:narva", &[200; 500]);
    assert_eq!(bot.status(), Status::Offline, "what observers see is not enough");
    let lease = bot.evaluate_due().0.expect("due");
    let other = centops_domain::health::Lease { id: lease.id + 1, ..lease };
    assert_eq!(bot.report(other, true).0, ProbeOutcome::Stale);
    assert_eq!(bot.report(lease, true).0, ProbeOutcome::Closed);
    assert_eq!(bot.report(lease, true).0, ProbeOutcome::Stale, "once");
    assert_eq!(bot.status(), Status::Online);
}

#[test]
fn circuit_opens_more_easily_soon_after_a_recovery() {
    // In the first 300 s 40 % of 5 suffice; later 50 % of 10.
    for (after, out) in [(299, true), (300, false)] {
        let mut bot = offline();
        bot.advance(30);
        bot.probe(true);
        assert_eq!(bot.status(), Status::Online);
        bot.advance(after);
        bot.observe("chatbot", &codes(2, 5));
        assert_eq!(is_offline(&bot.observe("dmr:narva", &codes(2, 5))), out, "{after} s after it");
    }
}

#[test]
fn time_in_the_future_is_counted_and_leaves_the_window_in_time() {
    let mut bot = Bot::unknown(Policy::default());
    bot.advance(1000);
    let ahead = bot.now + SignedDuration::from_mins(5);
    assert_eq!(bot.observe_at("chatbot", ahead, &[500; 3]).0.counted, 3);
    bot.advance(300);
    let window = bot.health.observers()[&bot::observer("chatbot")].window();
    assert_eq!(window.counts(&bot.policy, bot.now).total, 0, "they have left with what was seen at their coming");
}

#[test]
fn policy_permits_concurrent_probes() {
    let mut bot = offline();
    bot.policy.probe.most_in_flight = RangedU32::new_static::<2>();
    bot.advance(30);
    let leases: Vec<_> = (0..3).filter_map(|_| bot.evaluate_due().0).collect();
    assert_eq!(leases.len(), 2);
    assert_eq!(bot.report(leases[1], true).0, ProbeOutcome::Closed);
    assert_eq!(bot.report(leases[0], false).0, ProbeOutcome::Stale, "the first result decides");
    let fresh: Health = postcard::from_bytes(&postcard::to_stdvec(&bot.health).expect("bytes")).expect("as written");
    assert_eq!(fresh, bot.health);
}
