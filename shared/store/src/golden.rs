//! The bytes of the stored forms, which are those of the files in `golden/`.
//!
//! A test that fails here says that a stored type changed: items of the release before could not be read any more, or were
//! taken for something else. Decision 0014 says how a form changes. A new form gets new files; those of a form that items
//! still have stay.

use std::{fmt::Debug, fs, path::Path};

use centops_domain::{
    chatbots::ChatbotType,
    health::{
        Batch, Control, ControlMode, DaySummary, DecisionContext, Delivery, Detector, Finding, Health, Minute, Network,
        NewControl, Policy, engine,
    },
    ingestion::{CodeError, LogLevel, Observation, Observer, Sequence, Signal, StatusCode},
};
use jiff::{Timestamp, civil::date};

use crate::table::{Item, Packed, bytes_of, insert_packed, packed_of};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

/// Returns a report of `observer`: `count` failures, and as many successes.
fn report(observer: &str, count: usize, second: i64) -> Batch {
    let observer = Observer::try_from(observer.to_owned()).expect("an observer");
    let ok = StatusCode::try_from(200).expect("a code");
    let signals = match observer {
        Observer::Chatbot => [Signal::Log(LogLevel::Error), Signal::Log(LogLevel::Info)],
        Observer::Dmr(_) => [
            Signal::Code { result: Err(CodeError::Timeout), millis: None },
            Signal::Code { result: Ok(ok), millis: Some(20) },
        ],
    };
    let observation = |signal| Observation { at: at(second), signal };
    let observations = signals.into_iter().flat_map(|signal| vec![observation(signal); count]).collect();
    Batch { observer, sequence: Sequence::from(1_u128), observations, delivery: Delivery::First }
}

/// Calls `change` with a chatbot that is routed and observed, at the second 400. Its closed minutes are returned.
fn observed(change: impl FnOnce(&DecisionContext, &mut Health, &mut Network)) -> (Health, Minute) {
    let (name, policy) = ("tax-board".parse().expect("a name"), Policy::default());
    let context = |second| DecisionContext {
        name: &name,
        kind: ChatbotType::Ministry,
        policy: &policy,
        now: at(second),
        jitter: 0.5,
    };
    let (mut health, mut network) = (Health::new(at(0)), Network::default());
    let control = |mode| {
        let reason = "Golden".to_owned().try_into().expect("a reason");
        Control::new(NewControl { mode, reason, until: Some(at(9000)) }, "EE60001019906".to_owned(), at(1))
    };
    engine::set_control(&context(1), &mut health, &mut network, control(ControlMode::ForceOnline));
    engine::end_control(&context(2), &mut health);
    engine::fold(&mut health, &[report("dmr:tallinn", 2, 10), report("chatbot", 1, 11)], &policy, at(12));
    engine::fold(&mut health, &[], &policy, at(200));
    let folded = engine::fold(&mut health, &[report("dmr:tartu", 3, 399)], &policy, at(400));
    change(&context(400), &mut health, &mut network);
    let minute = folded.closed.into_values().next().expect("the minute of the first reports");
    (health, minute)
}

fn assert_golden<T: Packed + PartialEq + Debug>(name: &str, value: &T) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.{}", T::FORM));
    let mut item = Item::new();
    insert_packed(&mut item, value).expect("packed");
    let written = bytes_of(&item, crate::attributes::STATE).expect("bytes").to_vec();
    let Ok(golden) = fs::read(&file) else {
        fs::write(&file, written).expect("a new file");
        panic!("{} was written: it is part of the change", file.display());
    };
    assert_eq!(written, golden, "{name} is written in another form: see decision 0014");
    assert_eq!(&packed_of::<T>(&item).expect("read"), value, "{name} is read in another form");
}

#[test]
fn health_of_a_chatbot_that_moves_is_golden() {
    let (health, _) = observed(|context, health, _| {
        let current = "https://old.example.ee/messages".parse().expect("a URI");
        let next = "https://new.example.ee/messages".parse().expect("a URI");
        engine::change_address(health, &current, &next, context.policy, context.now);
    });
    assert_golden("health-moving", &health);
}

#[test]
fn health_of_an_ejected_chatbot_is_golden() {
    let (health, _) = observed(|context, health, network| {
        let tartu = "dmr:tartu".to_owned().try_into().expect("an observer");
        let found = vec![(Observer::Chatbot, Detector::FailureRate), (tartu, Detector::Fast)];
        engine::decide(context, health, network, Finding::Failing(found));
    });
    assert_golden("health-ejected", &health);
}

#[test]
fn minute_and_day_are_golden() {
    let (_, minute) = observed(|_, _, _| {});
    assert_golden("minute", &minute);
    let day = date(2026, 9, 21);
    assert_golden("day", &DaySummary::new(day, [(&DaySummary::first_minute(day), &minute)]));
}
