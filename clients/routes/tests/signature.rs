//! What is accepted as a signature, and what is not.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use centops_routes::simulation::Signer;
use centops_routes::{InvalidKeys, Keys, Refusal, Signed};
use serde_json::{Value, json};

const BODY: &[u8] = b"{\"revision\":1}";

fn keys(signer: &Signer) -> Keys {
    Keys::from_jwks(json!({ "keys": [signer.jwk()] }).to_string().as_bytes()).expect("keys")
}

/// What a protected header with these members is answered.
fn verified(change: impl FnOnce(&mut Value)) -> Result<String, Refusal> {
    let signer = Signer::new().expect("a key");
    let mut header = json!({"alg": "ES256", "kid": signer.kid(), "b64": false, "crit": ["b64"]});
    change(&mut header);
    let signature = signer.sign_as(&header, BODY).expect("a signature");
    keys(&signer).verify(&Signed::new(signature, BODY))
}

#[test]
fn only_the_one_form_is_accepted() {
    assert!(verified(|_| {}).is_ok());
    assert!(verified(|header| header["typ"] = json!("JOSE")).is_ok(), "what is not critical may be there");
    for (member, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("b64", json!(true)),
        ("crit", json!(["b64", "exp"])),
        ("crit", json!([])),
        ("crit", Value::Null),
        ("kid", Value::Null),
    ] {
        let form = verified(|header| header[member] = value.clone());
        assert_eq!(form, Err(Refusal::SignatureForm), "{member} {value}");
    }
    assert_eq!(verified(|header| header["kid"] = json!("x")), Err(Refusal::UnknownKey("x".to_owned())));
}

#[test]
fn an_attached_or_broken_signature_is_refused() {
    let signer = Signer::new().expect("a key");
    let good = signer.sign(BODY).expect("a signature");
    let verify = |signature: &str, body: &[u8]| keys(&signer).verify(&Signed::new(signature, body));
    assert_eq!(verify(&good, BODY), Ok(signer.kid().to_owned()));
    assert_eq!(verify("", BODY), Err(Refusal::Unsigned));
    assert_eq!(verify(&good.replace("..", ".e30."), BODY), Err(Refusal::SignatureForm));
    assert_eq!(verify("e30..", BODY), Err(Refusal::SignatureForm));
    assert_eq!(verify(&good, b"{\"revision\":2}"), Err(Refusal::Signature));
    assert_eq!(verify(&good[..good.len() - 2], BODY), Err(Refusal::Signature));
}

#[test]
fn a_key_set_needs_a_key_for_es256() {
    let signer = Signer::new().expect("a key");
    let of = |keys: Value| Keys::from_jwks(json!({ "keys": keys }).to_string().as_bytes());
    assert!(matches!(of(json!([])), Err(InvalidKeys::Empty)));
    assert!(matches!(of(json!([{"kty": "RSA", "kid": "a", "n": "AQ", "e": "AQAB"}])), Err(InvalidKeys::Empty)));
    let mut off_the_curve = signer.jwk();
    off_the_curve["x"] = off_the_curve["y"].clone();
    assert!(matches!(of(json!([off_the_curve])), Err(InvalidKeys::Key(_))));
    let both = of(json!([{"kty": "RSA", "kid": "a", "n": "AQ", "e": "AQAB"}, signer.jwk()])).expect("one of them");
    assert!(Keys::from_jwks(both.to_jwks().as_bytes()).is_ok_and(|keys| !keys.is_empty()));
}
