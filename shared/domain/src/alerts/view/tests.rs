//! Every kind of event, as it is stored and as the API shows it. `samples.json` is checked against the contract too.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::{
    alerts::{Event, EventType},
    health::{
        Control,
        cause::{Cause, CheckReason, Witness},
        detector::Detector,
        window::Counts,
    },
    ingestion::{code_result::CodeError, observation::Observation, observation::Signal, observer::Observer},
};

/// Returns the events as the API shows them.
fn samples() -> Vec<Value> {
    serde_json::from_str(include_str!("samples.json")).expect("json")
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn failing() -> Cause {
    let signal = Signal::Code { result: Err(CodeError::Timeout), millis: Some(10_000) };
    Cause::Failing(vec![Witness {
        observer: Observer::Dmr("tallinn".parse().expect("a name")),
        by: Detector::FailureRate,
        counts: Counts { total: 12, failed: 12, slow: 0 },
        score: 3,
        recent: vec![Observation { at: time("2026-11-21T08:59:58Z"), signal }],
    }])
}

fn control() -> Control {
    let new = json!({"mode": "force-offline", "reason": "moves", "until": "2026-11-21T10:00:00Z"});
    let new = serde_json::from_value(new).expect("a control");
    Control::new(new, "EE60001019906".to_owned(), time("2026-11-21T09:00:00Z"))
}

/// Returns the stored event that the API shows as `sample`: the data of the kinds of [`ShownKind`] are replaced.
fn stored(mut sample: Value) -> Event {
    let fields = sample.as_object_mut().expect("an object");
    let cause = match fields["type"].as_str().expect("a type") {
        "chatbot-offline" => Some(failing()),
        "would-go-offline" => Some(Cause::Unanswered(CheckReason::OwnLog)),
        "cap-reached" => Some(Cause::Forced("moves".to_owned())),
        _ => None,
    };
    if let Some(cause) = cause {
        fields.insert("cause".to_owned(), serde_json::to_value(cause).expect("json"));
    }
    if let Some(kind) = fields.remove("chatbotType") {
        fields.insert("kind".to_owned(), kind);
    }
    if fields.contains_key("control") {
        fields.insert("control".to_owned(), serde_json::to_value(control()).expect("json"));
    }
    serde_json::from_value(sample).expect("an event")
}

fn shown(view: EventView) -> Value {
    serde_json::to_value(view).expect("json")
}

#[test]
fn every_kind_is_shown_in_the_format_of_the_api() {
    let samples = samples();
    assert_eq!(samples.len(), EventType::ALL.len());
    for (sample, kind) in samples.into_iter().zip(EventType::ALL) {
        let event = stored(sample.clone());
        assert_eq!(EventType::from(&event.kind), kind);
        assert_eq!(sample["type"].as_str().expect("a type").parse(), Ok(kind));
        assert_eq!(shown(EventView::new(event)), sample);
    }
    for unknown in ["", "Chatbot-Online", "chatbot_online", "chatbot-online "] {
        assert!(unknown.parse::<EventType>().is_err(), "{unknown}");
    }
}

#[test]
fn author_of_a_control_is_left_out_and_nothing_else() {
    for mut sample in samples() {
        let view = EventView::new(stored(sample.clone())).without_persons();
        if let Some(control) = sample.get_mut("control") {
            control.as_object_mut().expect("an object").remove("by").expect("an author");
        }
        assert_eq!(shown(view), sample);
        assert!(!sample.to_string().contains("EE6"), "{sample}");
    }
}
