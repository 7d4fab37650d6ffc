//! The kinds of attack of the TUF specification, and key compromise, against the verification. `client` and `mirror`
//! have those parts that need a network.

use centops_network_api::signer::Signer;
use centops_updates::{
    Keys, MAX_ANSWER_BYTES, MAX_COUNTER_STEP, Refusal, ReleaseKeys, Sha256Digest, SignatureError, SignedBody,
    StatementError,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::fixture::{Fixture, code, key_set, set, sign_statement};

#[test]
fn arbitrary_installation_is_refused() {
    let fixture = Fixture::after_an_answer();
    let answer = fixture.answer();
    let valid = fixture.sign(&answer);
    assert_eq!(code(fixture.verify_signed(&valid)), "accepted");

    let mut changed = answer.clone();
    changed["offers"][0]["artefact"]["sha256"] = json!(Sha256Digest::of(b"malware"));
    let changed = SignedBody::new(valid.signature.clone(), changed.to_string().as_bytes());
    assert_eq!(fixture.verify_signed(&changed), Err(Refusal::Signature(SignatureError::Mismatch)));

    let stranger = Signer::new().expect("a key").sign_json(&answer).expect("a signature");
    assert!(matches!(fixture.verify_signed(&stranger), Err(Refusal::Signature(SignatureError::UnknownKey(_)))));
    assert_eq!(code(fixture.verify_signed(&SignedBody::new("", valid.body.clone()))), "signature");

    let forms = [("alg", json!("none")), ("alg", json!("HS256")), ("b64", Value::Null), ("b64", json!(true))];
    for (member, value) in forms {
        let mut header = fixture.centops.protected_header();
        set(&mut header, member, value.clone());
        let signature = fixture.centops.sign_with_header(&header, &valid.body).expect("a signature");
        let result = fixture.verify_signed(&SignedBody::new(signature, valid.body.clone()));
        assert_eq!(result, Err(Refusal::Signature(SignatureError::Format)), "{member} {value}");
    }
}

#[test]
fn hmac_with_the_public_key_as_secret_is_refused() {
    use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    let fixture = Fixture::new();
    let body = fixture.answer().to_string();
    let header = json!({"alg": "HS256", "kid": fixture.centops.key_id(), "b64": false, "crit": ["b64"]});
    let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let secret = Key::new(HMAC_SHA256, fixture.centops.jwk().to_string().as_bytes());
    let tag = sign(&secret, format!("{protected}.{body}").as_bytes());
    let signature = format!("{protected}..{}", BASE64_URL_SAFE_NO_PAD.encode(tag));
    assert_eq!(code(fixture.verify_signed(&SignedBody::new(signature, body.as_bytes()))), "signature");
}

#[test]
fn endless_data_is_refused_as_too_large() {
    let fixture = Fixture::new();
    let mut answer = fixture.answer_with("padding", "");
    let padding = MAX_ANSWER_BYTES - answer.to_string().len();
    answer["padding"] = json!(" ".repeat(padding));
    assert_eq!(fixture.code(&answer), "accepted");
    answer["padding"] = json!(" ".repeat(padding + 1));
    assert_eq!(fixture.code(&answer), "too-large");
}

#[test]
fn extraneous_dependencies_are_refused() {
    let fixture = Fixture::new();
    let foreign = fixture.answer_with_statement(|statement| statement["component"] = json!("miner"));
    assert_eq!(fixture.code(&foreign), "unexpected-component");

    let not_stated = fixture.answer_with_offer(|offer| offer["requires"] = json!({"miner": "1.0.0"}));
    assert_eq!(fixture.code(&not_stated), "unexpected-component");
    let raised = fixture.answer_with_offer(|offer| offer["requires"] = json!({"classifier": "3.0.1"}));
    assert_eq!(fixture.code(&raised), "unexpected-component");
    let stated = fixture.answer_with_offer(|offer| offer["requires"] = json!({"classifier": "3.0.0"}));
    assert_eq!(fixture.code(&stated), "accepted");

    let not_installed = fixture.answer_with_statement(|statement| statement["requires"] = json!({"miner": "1.0.0"}));
    assert_eq!(fixture.code(&not_installed), "unexpected-component");
    let too_old = fixture.answer_with_statement(|statement| statement["requires"] = json!({"classifier": "3.0.1"}));
    assert_eq!(fixture.code(&too_old), "requires");

    let mut twice = fixture.answer();
    let offer = twice["offers"][0].clone();
    twice["offers"] = json!([offer, offer]);
    assert_eq!(fixture.code(&twice), "unexpected-component");
}

#[test]
fn fast_forward_is_refused_and_key_replacement_recovers() {
    let mut fixture = Fixture::after_an_answer();
    for counter in ["counter", "catalogue"] {
        assert_eq!(fixture.code(&fixture.answer_with(counter, 1_u64 << 63)), "fast-forward", "{counter}");
    }
    let release = fixture.answer_with_statement(|statement| statement["counter"] = json!(1_u64 << 63));
    assert_eq!(fixture.code(&release), "fast-forward");
    assert_eq!(fixture.code(&fixture.answer_with("counter", 18 + MAX_COUNTER_STEP + 1)), "fast-forward");

    // What is within the step is accepted, and the honest 18 is refused after it.
    fixture.accept(&fixture.answer_with("counter", 18 + MAX_COUNTER_STEP));
    assert_eq!(fixture.code(&fixture.answer()), "rollback");

    // The new key beside the old one is a rotation: the counter goes on.
    let (new, old) = (Signer::new().expect("a key"), fixture.centops);
    fixture.keys.answers = key_set(&[&new, &old]);
    fixture.centops = new;
    assert_eq!(fixture.code(&fixture.answer()), "rollback");
    // The new key alone is a replacement.
    fixture.keys.answers = key_set(&[&fixture.centops]);
    assert_eq!(fixture.code(&fixture.answer_with("counter", 1_u64 << 63)), "fast-forward");
    fixture.accept(&fixture.answer());
    assert_eq!(fixture.trusted.answer.as_ref().map(|answer| answer.counter), Some(18));
    assert_eq!(fixture.code(&fixture.answer_with("counter", 17)), "rollback");
}

#[test]
fn first_counter_of_an_unknown_state_is_limited_too() {
    let fixture = Fixture::new();
    for counter in ["counter", "catalogue"] {
        assert_eq!(fixture.code(&fixture.answer_with(counter, MAX_COUNTER_STEP + 1)), "fast-forward", "{counter}");
        assert_eq!(fixture.code(&fixture.answer_with(counter, MAX_COUNTER_STEP)), "accepted", "{counter}");
    }
}

#[test]
fn indefinite_freeze_is_refused() {
    let mut fixture = Fixture::after_an_answer();
    let day = SignedDuration::from_hours(24);

    let yesterday = fixture.answer();
    fixture.now += day;
    assert_eq!(fixture.code(&yesterday), "expired");
    assert_eq!(fixture.code(&fixture.answer()), "accepted");

    let another_request = fixture.answer_with("nonce", "BBBBBBBBBBBBBBBBBBBBBB");
    assert_eq!(fixture.code(&another_request), "nonce");

    // With the clock back a year, the time is that of the last accepted answer.
    fixture.accept(&fixture.answer());
    fixture.now -= day * 365;
    assert_eq!(fixture.code(&yesterday), "expired");
    let old = fixture.answer();
    assert_eq!(fixture.code(&old), "expired");
}

#[test]
fn answer_is_valid_for_at_most_a_day() {
    let fixture = Fixture::new();
    let expires =
        |seconds| fixture.answer_with("expiresAt", (fixture.now + SignedDuration::from_secs(seconds)).to_string());
    assert_eq!(fixture.code(&expires(86_400)), "accepted");
    assert_eq!(fixture.code(&expires(86_401)), "expired");
    assert_eq!(fixture.code(&expires(1)), "accepted");
    assert_eq!(fixture.code(&expires(0)), "expired");
}

#[test]
fn clocks_may_differ_by_ten_minutes() {
    let fixture = Fixture::new();
    let issued =
        |seconds| fixture.answer_with("issuedAt", (fixture.now + SignedDuration::from_secs(seconds)).to_string());
    for seconds in [-600, 0, 600] {
        assert_eq!(fixture.code(&issued(seconds)), "accepted", "{seconds}");
    }
    for seconds in [-601, 601] {
        assert_eq!(fixture.code(&issued(seconds)), "clock", "{seconds}");
    }
}

#[test]
fn expired_state_still_counts_and_never_blocks_a_new_answer() {
    let mut fixture = Fixture::after_an_answer();
    fixture.now += SignedDuration::from_hours(24 * 400);
    assert_eq!(fixture.code(&fixture.answer_with("counter", 17)), "rollback");
    assert_eq!(fixture.code(&fixture.answer()), "accepted");
}

#[test]
fn mix_and_match_is_refused() {
    let fixture = Fixture::after_an_answer();
    let first = fixture.answer();
    let mut joined = first.clone();
    let other = json!({"component": "classifier", "from": "3.0.0", "to": "3.1.0"});
    joined["offers"].as_array_mut().expect("offers").push(other);
    let joined = SignedBody::new(fixture.sign(&first).signature, joined.to_string().as_bytes());
    assert_eq!(code(fixture.verify_signed(&joined)), "signature");

    let mut older = fixture.statement();
    older["version"] = json!("2.1.0");
    let older = sign_statement(&fixture.publisher, &older);
    let answer = fixture.answer_with_offer(|offer| offer["statement"] = json!(older));
    assert_eq!(fixture.code(&answer), "statement");

    assert_eq!(fixture.code(&fixture.answer_with("catalogue", 39)), "catalogue");
    assert_eq!(fixture.code(&fixture.answer_with("catalogue", 40)), "accepted");

    // Another document that CentOps signed is no answer.
    assert_eq!(fixture.code(&fixture.answer_with("kind", "routes")), "malformed");
    assert_eq!(fixture.code(&json!({"revision": 1, "routes": []})), "malformed");
}

#[test]
fn rollback_is_refused() {
    let mut fixture = Fixture::after_an_answer();
    assert_eq!(fixture.code(&fixture.answer_with("counter", 17)), "rollback");

    for older in ["2.0.9", "2.1.0", "2.1.0+build", "2.1.0-rc.1"] {
        let answer = fixture.answer_with_statement(|statement| statement["version"] = json!(older));
        assert_eq!(fixture.code(&answer), "rollback", "{older}");
    }
    let older_release = fixture.answer_with_statement(|statement| statement["counter"] = json!(6));
    assert_eq!(fixture.code(&older_release), "rollback");
    let mut elsewhere = fixture.answer_with_offer(|offer| offer["from"] = json!("2.0.0"));
    assert_eq!(fixture.code(&elsewhere), "from");

    // CentOps may order it, by a change of the job.
    let rollback = fixture.rollback();
    let mut without_change = rollback.clone();
    without_change["counter"] = json!(18);
    assert_eq!(fixture.code(&without_change), "rollback");
    elsewhere = rollback.clone();
    elsewhere["offers"][0]["from"] = json!("2.2.0");
    assert_eq!(fixture.code(&elsewhere), "from");
    let mut upwards = fixture.answer_with_offer(|offer| offer["kind"] = json!("rollback"));
    upwards["counter"] = json!(19);
    assert_eq!(fixture.code(&upwards), "rollback");

    fixture.accept(&rollback);
    assert_eq!(fixture.trusted.releases["bot"].counter, 7);
    // The same offer may come again; another one needs another change.
    assert_eq!(fixture.code(&rollback), "accepted");
    let mut other = rollback;
    other["offers"][0]["attempt"] = json!(2);
    assert_eq!(fixture.code(&other), "rollback");
}

#[test]
fn rollback_past_an_irreversible_release_is_refused() {
    let mut fixture = Fixture::new();
    fixture.accept(&fixture.answer_with_statement(|statement| statement["irreversible"] = json!(true)));
    // While the older version still runs, nothing is undone.
    assert_eq!(fixture.code(&fixture.rollback()), "accepted");
    fixture.request.running.insert("bot".to_owned(), "2.2.0".parse().expect("a version"));
    let mut rollback = fixture.rollback();
    rollback["offers"][0]["from"] = json!("2.2.0");
    assert_eq!(fixture.code(&rollback), "rollback");
}

#[test]
fn wrong_software_is_refused() {
    let fixture = Fixture::new();
    assert_eq!(fixture.code(&fixture.answer_with("chatbot", "police")), "addressee");
    assert_eq!(fixture.code(&fixture.answer_with("enrolment", "2026-11-21T09:05:06.008Z")), "addressee");

    let mut other = fixture.statement();
    other["component"] = json!("classifier");
    let other = sign_statement(&fixture.publisher, &other);
    assert_eq!(fixture.code(&fixture.answer_with_offer(|offer| offer["statement"] = json!(other))), "statement");
    for (member, value) in [("sha256", json!(Sha256Digest::of(b"another"))), ("length", json!(1))] {
        let answer = fixture.answer_with_offer(|offer| offer["artefact"][member] = value);
        assert_eq!(fixture.code(&answer), "statement", "{member}");
    }
    // The same precedence, but not the same text.
    let build = fixture.answer_with_offer(|offer| offer["to"] = json!("2.2.0+evil"));
    assert_eq!(fixture.code(&build), "statement");
}

#[test]
fn key_compromise_of_the_online_key_invents_no_release() {
    // Whoever has CentOps's key signs any answer, but no statement.
    let mut fixture = Fixture::after_an_answer();
    let own = Signer::new().expect("a key");
    let mut invented = fixture.statement();
    invented["sha256"] = json!(Sha256Digest::of(b"malware"));
    let mut answer = fixture.answer_with("offers", json!([fixture.offer(&invented)]));
    for (statement, reason) in [
        (Value::Null, StatementError::Missing),
        (json!(sign_statement(&own, &invented)), SignatureError::UnknownKey(own.key_id().to_owned()).into()),
        (json!(sign_statement(&fixture.publisher, &fixture.statement())), StatementError::Differs("sha256")),
        (json!(sign_statement(&fixture.centops, &invented)), {
            SignatureError::UnknownKey(fixture.centops.key_id().to_owned()).into()
        }),
    ] {
        answer["offers"][0]["statement"] = statement;
        let refusal = Refusal::Statement { component: "bot".to_owned(), reason };
        assert_eq!(fixture.verify(&answer), Err(refusal));
    }
    // After the leaked key was withdrawn, its answers are refused.
    let leaked = std::mem::replace(&mut fixture.centops, Signer::new().expect("a key"));
    fixture.keys.answers = key_set(&[&fixture.centops]);
    assert_eq!(code(fixture.verify_signed(&leaked.sign_json(&answer).expect("a signature"))), "signature");
}

#[test]
fn key_compromise_of_a_release_key_offers_nothing_and_ends_with_its_replacement() {
    let mut fixture = Fixture::after_an_answer();
    let leaked = std::mem::replace(&mut fixture.publisher, Signer::new().expect("a key"));
    let mut malware = fixture.statement();
    malware["sha256"] = json!(Sha256Digest::of(b"malware"));
    malware["counter"] = json!(MAX_COUNTER_STEP);
    let mut answer = fixture.answer_with("offers", json!([fixture.offer(&malware)]));
    answer["offers"][0]["statement"] = json!(sign_statement(&leaked, &malware));
    // The statement is valid, but only CentOps offers.
    assert_eq!(fixture.code(&answer), "accepted");
    assert_eq!(code(fixture.verify_signed(&leaked.sign_json(&answer).expect("a signature"))), "signature");

    // Suppose that it was offered. With another key pinned, the release counter starts anew.
    fixture.accept(&answer);
    let both = key_set(&[&leaked, &fixture.publisher]);
    fixture.keys.releases = ReleaseKeys::default().with("bot", both);
    assert_eq!(fixture.code(&fixture.answer()), "rollback");
    fixture.keys.releases = ReleaseKeys::default().with("bot", key_set(&[&fixture.publisher]));
    assert_eq!(fixture.code(&answer), "statement");
    fixture.accept(&fixture.answer());
    assert_eq!(fixture.trusted.releases["bot"].counter, 7);
}

#[test]
fn no_key_trusts_nothing() {
    let mut fixture = Fixture::new();
    fixture.keys.answers = Keys::default();
    assert_eq!(fixture.code(&fixture.answer()), "signature");
}
