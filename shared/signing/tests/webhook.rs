//! Tests of webhook signatures, with the vectors of Standard Webhooks.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use base64::{Engine, prelude::BASE64_STANDARD};
use centops_signing::webhook::{InvalidWebhookId, WebhookSecret};
use jiff::Timestamp;

/// The vector of the reference libraries (Rust, Python, Go and others).
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn at() -> Timestamp {
    Timestamp::from_second(1_649_367_553).expect("a time")
}

fn secret() -> WebhookSecret<24> {
    let bytes = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").expect("the prefix")).expect("base64");
    WebhookSecret::new(bytes.try_into().expect("24 bytes"))
}

#[test]
fn signature_equals_the_vector_of_the_reference_libraries() {
    assert_eq!(secret().sign(ID, at(), BODY), Ok(SIGNATURE.to_owned()));
    assert_eq!(secret().text(), SECRET);
}

#[test]
fn signature_depends_on_id_time_body_and_secret() {
    let later = at() + jiff::SignedDuration::from_secs(1);
    let changed = [
        secret().sign("msg_1", at(), BODY),
        secret().sign(ID, later, BODY),
        secret().sign(ID, at(), b"{}"),
        WebhookSecret::new([7; 24]).sign(ID, at(), BODY),
    ];
    for signature in changed {
        assert_ne!(signature.expect("a signature"), SIGNATURE);
    }
}

#[test]
fn fraction_of_a_second_is_not_signed() {
    let later = at() + jiff::SignedDuration::from_millis(999);
    assert_eq!(secret().sign(ID, later, BODY), Ok(SIGNATURE.to_owned()));
}

#[test]
fn id_that_makes_a_signature_ambiguous_is_refused() {
    for id in ["", "a.b", "a b", "õ", "a\n"] {
        assert_eq!(secret().sign(id, at(), BODY), Err(InvalidWebhookId), "{id:?}");
    }
}

#[test]
fn debug_output_has_no_secret() {
    assert_eq!(format!("{:?}", secret()), "WebhookSecret(..)");
}
