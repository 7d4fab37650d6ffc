//! Tests of signatures and published keys, verified by another library (`jsonwebtoken`).
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use centops_signing::{InvalidKeys, Signer, secret::FromSecret};
use jsonwebtoken::{
    Algorithm, DecodingKey, crypto,
    jwk::{Jwk, JwkSet, ThumbprintHash},
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use serde_json::{Value, json};

const BODY: &[u8] = br#"{"revision":17,"time":"2026-03-01T08:00:00Z","count":1,"routes":[{"name":"a"}]}"#;

fn pem() -> String {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key").serialize_pem()
}

fn secret(pems: &[&str]) -> String {
    json!({ "keys": pems }).to_string()
}

fn published(signer: &Signer) -> JwkSet {
    serde_json::from_value(serde_json::to_value(signer.jwks()).expect("JSON")).expect("a key set")
}

/// Returns true if `header` is the signature of `body` by `key`, verified as RFC 7797 describes.
fn verifies(header: &str, body: &[u8], key: &Jwk) -> bool {
    let parts: Vec<&str> = header.split('.').collect();
    let [protected, "", signature] = parts[..] else { return false };
    let key = DecodingKey::from_jwk(key).expect("a key");
    crypto::verify(signature, &[protected.as_bytes(), b".", body].concat(), &key, Algorithm::ES256).unwrap_or(false)
}

#[test]
fn signature_verifies_with_the_first_published_key() {
    let signer = Signer::from_secret(&secret(&[&pem(), &pem()])).expect("a signer");
    let header = signer.sign(BODY).expect("a signature");
    let keys = published(&signer).keys;
    assert!(verifies(&header, BODY, &keys[0]));
    assert!(!verifies(&header, BODY, &keys[1]), "the second key does not sign");

    let protected = BASE64_URL_SAFE_NO_PAD.decode(header.split('.').next().expect("a part")).expect("base64url");
    let protected: Value = serde_json::from_slice(&protected).expect("JSON");
    let kid = keys[0].common.key_id.clone().expect("a kid");
    assert_eq!(protected, json!({ "alg": "ES256", "kid": kid, "b64": false, "crit": ["b64"] }));
}

#[test]
fn signs_empty_and_large_bodies() {
    let signer = Signer::from_secret(&secret(&[&pem()])).expect("a signer");
    let key = &published(&signer).keys[0];
    for body in [vec![], vec![b'x'; 7_000_000]] {
        assert!(verifies(&signer.sign(&body).expect("a signature"), &body, key));
    }
}

#[test]
fn verification_fails_after_any_change_of_the_body() {
    let signer = Signer::from_secret(&secret(&[&pem()])).expect("a signer");
    let header = signer.sign(BODY).expect("a signature");
    let key = &published(&signer).keys[0];
    for index in 0..BODY.len() {
        let mut changed = BODY.to_vec();
        changed[index] ^= 1;
        assert!(!verifies(&header, &changed, key), "byte {index}");
    }
    assert!(!verifies(&header, &BODY[..BODY.len() - 1], key), "cut at the end");
    assert!(!verifies(&header, &BODY[1..], key), "cut at the beginning");
    assert!(!verifies(&header, &[BODY, b"\n"].concat(), key), "longer");
    assert!(!verifies(&header, b"", key), "empty");
}

#[test]
fn verification_fails_after_any_change_of_the_signature() {
    let signer = Signer::from_secret(&secret(&[&pem()])).expect("a signer");
    let header = signer.sign(BODY).expect("a signature");
    let key = &published(&signer).keys[0];
    for index in 0..header.len() {
        let mut changed = header.clone().into_bytes();
        // The replacement differs in the first bit, because the last bits of the last letter are padding.
        changed[index] = if changed[index] == b'g' { b'A' } else { b'g' };
        let changed = String::from_utf8(changed).expect("text");
        assert!(!verifies(&changed, BODY, key), "byte {index}: {changed}");
    }
}

#[test]
fn published_keys_have_no_private_members() {
    let pem = pem();
    let signer = Signer::from_secret(&secret(&[&pem])).expect("a signer");
    let jwks = serde_json::to_value(signer.jwks()).expect("JSON");
    let key = jwks["keys"][0].as_object().expect("an object");
    let mut members: Vec<&str> = key.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!((&key["kty"], &key["crv"]), (&json!("EC"), &json!("P-256")));
    assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!("ES256")));
    let mut without_kid = published(&signer).keys[0].clone();
    without_kid.common.key_id = None;
    assert_eq!(key["kid"], without_kid.thumbprint(ThumbprintHash::SHA256).expect("a thumbprint"));
}

#[test]
fn published_keys_keep_the_order_of_the_secret() {
    let (one, other) = (pem(), pem());
    let ids = |pems: &[&str]| -> Vec<String> {
        let signer = Signer::from_secret(&secret(pems)).expect("a signer");
        signer.jwks().keys.iter().map(|key| key.kid.clone()).collect()
    };
    let mut reversed = ids(&[&other, &one]);
    reversed.reverse();
    assert_eq!(ids(&[&one, &other]), reversed);
}

#[test]
fn rejects_invalid_secrets_without_repeating_their_text() {
    let good = pem();
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key").serialize_pem();
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).expect("a key").serialize_pem();
    let sec1 = good.replace("PRIVATE KEY", "EC PRIVATE KEY");
    let cut = good.replacen("MI", "!!", 1);
    let letters = good.lines().nth(1).expect("a line of the key");
    for (text, expected) in [
        (String::new(), InvalidKeys::Form),
        (good.clone(), InvalidKeys::Form),
        (json!({ "keys": good }).to_string(), InvalidKeys::Form),
        (json!({ "keys": [good], "more": 1 }).to_string(), InvalidKeys::Form),
        (json!({ "keys": [] }).to_string(), InvalidKeys::Empty),
        (secret(&[letters]), InvalidKeys::Pem(1)),
        (secret(&[&sec1]), InvalidKeys::Pem(1)),
        (secret(&[&good, &cut]), InvalidKeys::Pem(2)),
        (secret(&[&p384]), InvalidKeys::Curve(1)),
        (secret(&[&good, &ed25519]), InvalidKeys::Curve(2)),
        (secret(&[&good, &good]), InvalidKeys::Repeated(2)),
    ] {
        let error = Signer::from_secret(&text).expect_err("refused");
        assert_eq!(error, expected);
        let text = format!("{error} {error:?}");
        assert!(!text.contains(&letters[..16]), "{text}");
    }
    let signer = Signer::from_secret(&secret(&[&good])).expect("a signer");
    assert!(!format!("{signer:?}").contains(letters));
}
