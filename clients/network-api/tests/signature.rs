//! Signature verification and key sets.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use centops_network_api::signer::Signer;
use centops_network_api::{InvalidKeys, Keys, SignatureError, SignedBody};
use serde_json::{Value, json};

const BODY: &[u8] = b"{\"revision\":1}";

fn keys(signer: &Signer) -> Keys {
    Keys::from_jwks(json!({ "keys": [signer.jwk()] }).to_string().as_bytes()).expect("keys")
}

/// Removes the members that are null.
fn remove_nulls(header: &mut Value) {
    header.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
}

/// Verifies a signature whose protected header was changed by `change`.
fn verify_header(change: impl FnOnce(&mut Value)) -> Result<String, SignatureError> {
    let signer = Signer::new().expect("a key");
    let mut header = signer.protected_header();
    change(&mut header);
    remove_nulls(&mut header);
    let signature = signer.sign_with_header(&header, BODY).expect("a signature");
    keys(&signer).verify(&SignedBody::new(signature, BODY))
}

#[test]
fn only_the_documented_header_is_accepted() {
    assert!(verify_header(|_| {}).is_ok());
    assert!(verify_header(|header| header["typ"] = json!("JOSE")).is_ok(), "members that are not critical are ignored");
    for (member, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("b64", json!(true)),
        ("b64", Value::Null),
        ("crit", json!(["b64", "exp"])),
        ("crit", json!([])),
        ("crit", Value::Null),
        ("kid", Value::Null),
    ] {
        let result = verify_header(|header| header[member] = value.clone());
        assert_eq!(result, Err(SignatureError::Format), "{member} {value}");
    }
    assert_eq!(verify_header(|header| header["kid"] = json!("x")), Err(SignatureError::UnknownKey("x".to_owned())));
}

#[test]
fn attached_missing_or_broken_signature_is_rejected() {
    let signer = Signer::new().expect("a key");
    let valid = signer.sign(BODY).expect("a signature");
    let verify = |signature: &str, body: &[u8]| keys(&signer).verify(&SignedBody::new(signature, body));
    assert_eq!(verify(&valid, BODY), Ok(signer.key_id().to_owned()));
    assert_eq!(verify("", BODY), Err(SignatureError::Unsigned));
    assert_eq!(verify(&valid.replace("..", ".e30."), BODY), Err(SignatureError::Format));
    assert_eq!(verify("e30..", BODY), Err(SignatureError::Format));
    assert_eq!(verify(&valid, b"{\"revision\":2}"), Err(SignatureError::Mismatch));
    assert_eq!(verify(&valid[..valid.len() - 2], BODY), Err(SignatureError::Mismatch));
}

#[test]
fn compact_signature_is_accepted_in_its_documented_form_only() {
    let signer = Signer::new().expect("a key");
    let payload = json!({"version": "2.1.0"});
    let header = json!({"alg": "ES256", "kid": signer.key_id(), "typ": "example+jws"});
    let verify = |jws: &str| keys(&signer).verify_compact(jws, "example+jws");
    let valid = signer.sign_compact(&header, &payload).expect("a signature");
    assert_eq!(verify(&valid), Ok((signer.key_id().to_owned(), payload.to_string().into_bytes())));
    for (member, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("b64", json!(false)),
        ("crit", json!(["exp"])),
    ] {
        let mut header = header.clone();
        header[member] = value.clone();
        remove_nulls(&mut header);
        let jws = signer.sign_compact(&header, &payload).expect("a signature");
        assert_eq!(verify(&jws), Err(SignatureError::Format), "{member} {value}");
    }
    let other = signer.sign_compact(&header, &json!({"version": "2.2.0"})).expect("a signature");
    let (content, _) = valid.rsplit_once('.').expect("a signature");
    let (_, foreign) = other.rsplit_once('.').expect("a signature");
    assert_eq!(verify(&format!("{content}.{foreign}")), Err(SignatureError::Mismatch));
    assert_eq!(verify(content), Err(SignatureError::Format));
}

#[test]
fn key_set_without_es256_key_is_rejected() {
    let signer = Signer::new().expect("a key");
    let parse = |keys: Value| Keys::from_jwks(json!({ "keys": keys }).to_string().as_bytes());
    assert!(matches!(parse(json!([])), Err(InvalidKeys::Empty)));
    assert!(matches!(parse(json!([{"kty": "RSA", "kid": "a", "n": "AQ", "e": "AQAB"}])), Err(InvalidKeys::Empty)));
    let mut off_the_curve = signer.jwk();
    off_the_curve["x"] = off_the_curve["y"].clone();
    assert!(matches!(parse(json!([off_the_curve])), Err(InvalidKeys::InvalidPoint(_))));
    let mixed =
        parse(json!([{"kty": "RSA", "kid": "a", "n": "AQ", "e": "AQAB"}, signer.jwk()])).expect("one ES256 key");
    assert!(Keys::from_jwks(mixed.to_jwks().as_bytes()).is_ok_and(|keys| !keys.is_empty()));
}
