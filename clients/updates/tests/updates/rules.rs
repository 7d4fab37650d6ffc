//! The other rules of the verification, and the file of the trusted state.

use centops_network_api::signer::Signer;
use centops_updates::{ReleaseKeys, SignedBody, StateFileError, TrustedState};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{Fixture, code, key_set, sign_statement, time};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn change_of_any_byte_of_body_or_signature_is_refused(position: prop::sample::Index, byte: u8) {
        let fixture = Fixture::new();
        let valid = fixture.sign(&fixture.answer());
        let position = position.index(valid.body.len() + valid.signature.len());
        let (mut body, mut signature) = (valid.body.to_vec(), valid.signature.clone().into_bytes());
        let changed = match position.checked_sub(body.len()) {
            None => &mut body[position],
            Some(position) => &mut signature[position],
        };
        prop_assume!(*changed != byte);
        *changed = byte;
        let signature = String::from_utf8_lossy(&signature).into_owned();
        prop_assert_eq!(code(fixture.verify_signed(&SignedBody::new(signature, body))), "signature");
    }

    #[test]
    fn truncated_or_extended_body_is_refused(length in 0_usize..3000) {
        let fixture = Fixture::new();
        let valid = fixture.sign(&fixture.answer());
        prop_assume!(length != valid.body.len());
        let body: Vec<u8> = valid.body.iter().copied().chain(std::iter::repeat(b' ')).take(length).collect();
        prop_assert_eq!(code(fixture.verify_signed(&SignedBody::new(valid.signature, body))), "signature");
    }

    #[test]
    fn changed_statement_is_refused(position: prop::sample::Index, byte: u8) {
        let fixture = Fixture::new();
        let mut answer = fixture.answer();
        let mut statement = answer["offers"][0]["statement"].as_str().expect("a statement").as_bytes().to_vec();
        let position = position.index(statement.len());
        prop_assume!(statement[position] != byte);
        statement[position] = byte;
        answer["offers"][0]["statement"] = json!(String::from_utf8_lossy(&statement));
        prop_assert_eq!(fixture.code(&answer), "statement");
    }
}

#[test]
fn statement_is_valid_until_it_expires_and_for_at_most_a_year() {
    let fixture = Fixture::new();
    let expires =
        |duration| fixture.answer_with_statement(|statement| statement["expires"] = json!(fixture.now + duration));
    let (second, year) = (SignedDuration::from_secs(1), SignedDuration::from_hours(366 * 24));
    assert_eq!(fixture.code(&expires(second)), "accepted");
    assert_eq!(fixture.code(&expires(SignedDuration::ZERO)), "expired");
    assert_eq!(fixture.code(&expires(year)), "accepted");
    assert_eq!(fixture.code(&expires(year + second)), "statement");
}

#[test]
fn statement_of_another_type_is_refused() {
    let fixture = Fixture::new();
    let header = json!({"alg": "ES256", "kid": fixture.publisher.key_id(), "typ": "JWT"});
    let jws = fixture.publisher.sign_compact(&header, &fixture.statement()).expect("a signature");
    assert_eq!(fixture.code(&fixture.answer_with_offer(|offer| offer["statement"] = json!(jws))), "statement");
    let jws = sign_statement(&fixture.publisher, &json!({"component": "bot"}));
    assert_eq!(fixture.code(&fixture.answer_with_offer(|offer| offer["statement"] = json!(jws))), "statement");
}

#[test]
fn statement_is_optional_until_a_release_key_is_pinned() {
    let mut fixture = Fixture::new();
    let without = fixture.answer_with_offer(|offer| offer["statement"] = Value::Null);
    assert_eq!(fixture.code(&without), "statement");
    fixture.keys.releases = ReleaseKeys::default().with("classifier", key_set(&[&fixture.publisher]));
    assert_eq!(fixture.code(&without), "accepted");
    // Without a statement, what the offer requires counts.
    let requires = fixture.answer_with_offer(|offer| {
        offer["statement"] = Value::Null;
        offer["requires"] = json!({"classifier": "3.0.1"});
    });
    assert_eq!(fixture.code(&requires), "requires");
}

#[test]
fn key_of_another_component_signs_no_statement() {
    let mut fixture = Fixture::new();
    let other = Signer::new().expect("a key");
    fixture.keys.releases = fixture.keys.releases.with("classifier", key_set(&[&other]));
    let jws = sign_statement(&other, &fixture.statement());
    assert_eq!(fixture.code(&fixture.answer_with_offer(|offer| offer["statement"] = json!(jws))), "statement");
}

#[test]
fn floor_must_run_before_a_newer_release() {
    let fixture = Fixture::new();
    for (floor, expected) in [("2.0.0", "accepted"), ("2.1.0", "accepted"), ("2.1.1", "floor")] {
        let answer = fixture.answer_with_statement(|statement| statement["floor"] = json!(floor));
        assert_eq!(fixture.code(&answer), expected, "{floor}");
    }
}

#[test]
fn enrolment_of_the_first_answer_is_kept_if_none_is_configured() {
    let mut fixture = Fixture::new();
    fixture.trusted = TrustedState::new("tax-board", None);
    fixture.accept(&fixture.answer());
    assert_eq!(fixture.trusted.enrolment, Some(time("2026-11-21T09:05:06.007Z")));
    assert_eq!(fixture.code(&fixture.answer_with("enrolment", "2026-11-21T09:05:06.008Z")), "addressee");
}

#[test]
fn trusted_time_never_falls() {
    let mut fixture = Fixture::after_an_answer();
    let before = fixture.trusted.answer.clone().expect("an answer").issued_at;
    let earlier = (before - SignedDuration::from_mins(9)).to_string();
    fixture.accept(&fixture.answer_with("issuedAt", earlier));
    assert_eq!(fixture.trusted.answer.clone().expect("an answer").issued_at, before);
}

#[test]
fn unknown_members_are_ignored_and_missing_ones_refused() {
    let fixture = Fixture::new();
    assert_eq!(fixture.code(&fixture.answer_with("later", true)), "accepted");
    for member in ["nonce", "counter", "catalogue", "issuedAt", "expiresAt", "enrolment", "chatbot", "kind"] {
        assert_eq!(fixture.code(&fixture.answer_with(member, Value::Null)), "malformed", "{member}");
    }
    let text = fixture.answer().to_string().replacen("\"counter\":18", "\"counter\":18,\"counter\":19", 1);
    let signature = fixture.centops.sign(text.as_bytes()).expect("a signature");
    assert_eq!(code(fixture.verify_signed(&SignedBody::new(signature, text.as_bytes()))), "malformed");
}

#[test]
fn saved_state_is_loaded_for_its_enrolment_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("updates.json");
    let fixture = Fixture::after_an_answer();
    let enrolment = fixture.trusted.enrolment;
    let load = |chatbot, enrolment| TrustedState::load(&path, chatbot, enrolment);
    assert_eq!(load("tax-board", enrolment).expect("a new state"), TrustedState::new("tax-board", enrolment));
    fixture.trusted.save(&path).expect("a file");
    for enrolment in [enrolment, None] {
        assert_eq!(load("tax-board", enrolment).expect("the state"), fixture.trusted);
    }
    assert!(matches!(load("police", enrolment), Err(StateFileError::Foreign { .. })));
    assert!(matches!(load("tax-board", Some(fixture.now)), Err(StateFileError::Foreign { .. })));
    std::fs::write(&path, "{").expect("a file");
    assert!(matches!(load("tax-board", enrolment), Err(StateFileError::Malformed { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no temporary file stays");
}
