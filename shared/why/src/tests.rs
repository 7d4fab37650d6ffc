use serde::Deserialize;
use serde_json::Value;

use super::*;

const CASES: &str = include_str!("../../../console/src/health/why-cases.json");

#[derive(Deserialize)]
struct Corpus {
    now: Timestamp,
    zone: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    facts: Value,
    et: Vec<String>,
    en: Vec<String>,
}

#[test]
fn sentences_are_those_of_the_console() {
    let Corpus { now, zone, cases } = serde_json::from_str(CASES).expect("the cases");
    let zone = TimeZone::get(&zone).expect("a zone");
    assert!(cases.len() > 150, "{}", cases.len());
    for Case { facts, et, en } in cases {
        let health: Health = serde_json::from_value(facts.clone()).expect("health");
        for (language, expected) in [(Language::Et, et), (Language::En, en)] {
            let reader = Reader { now, zone: zone.clone(), language };
            assert_eq!(why(&health, &reader), expected, "{facts}");
        }
    }
}

#[test]
fn words_of_a_newer_server_are_left_out() {
    let health = serde_json::json!({"status": "Offline", "since": "2026-11-27T09:12:00Z", "held": "quota",
        "cause": {"kind": "moved"}, "check": {"reason": "whim", "due": "2026-11-27T09:12:00Z"}});
    let health: Health = serde_json::from_value(health).expect("health");
    let now = "2026-11-27T09:26:00Z".parse().expect("a time");
    let reader = Reader { now, zone: TimeZone::UTC, language: Language::En };
    assert_eq!(why(&health, &reader), ["Offline since 09:12 (14 mins)."]);
}
