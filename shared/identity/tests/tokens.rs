//! Whole tokens, with real keys: those that hold, and the known ways to forge one.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::{sync::LazyLock, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use centops_domain::caller::Role;
use centops_identity::token::{Accepted, Expectation, InvalidToken, MAX_BYTES, key_id, verify};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet},
};
use rcgen::{KeyPair, PKCS_RSA_SHA256, PKCS_RSA_SHA512, RsaKeySize, SigningKey};
use serde_json::{Value, json};
use x509_parser::{prelude::FromDer, public_key::RSAPublicKey};

const LEEWAY: u64 = 30;

/// Keys take a while to make: two for all tests.
static ISSUER: LazyLock<KeyPair> = LazyLock::new(rsa);
static STRANGER: LazyLock<KeyPair> = LazyLock::new(rsa);

fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key")
}

fn expected() -> Expectation {
    Expectation {
        issuer: "https://tara.example".into(),
        audience: "centops".into(),
        leeway: LEEWAY,
        rules: "".parse().expect("the default"),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    i64::try_from(since.as_secs()).expect("a time")
}

fn jwk(key: &KeyPair) -> Value {
    let (_, public) = RSAPublicKey::from_der(key.public_key_raw()).expect("an RSA key");
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        URL_SAFE_NO_PAD.encode(bytes.get(zeros..).expect("a number"))
    };
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": number(public.modulus), "e": number(public.exponent)})
}

/// What the issuer publishes as the key `one`, with some of its fields replaced.
fn published(change: &Value) -> Jwk {
    let mut key = jwk(&ISSUER);
    key.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    let set: JwkSet = serde_json::from_value(json!({"keys": [key]})).expect("a key set");
    set.find("one").expect("the key").clone()
}

fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A token of these two texts, signed by `key` as it is told to.
fn signed(header: &str, claims: &str, key: &KeyPair) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(message.as_bytes()).expect("a signature");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": "one"})
}

fn claims() -> Value {
    json!({
        "iss": "https://tara.example", "aud": "centops", "sub": "EE60001019906", "iat": now(), "nbf": now(),
        "exp": now() + 600, "roles": ["admin"], "institutions": ["tax-board"],
    })
}

fn with(mut object: Value, change: &Value) -> Value {
    let fields = object.as_object_mut().expect("an object");
    for (name, value) in change.as_object().expect("an object") {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    object
}

/// What the authorizer makes of a token.
fn accept(token: &str) -> Result<Accepted, InvalidToken> {
    assert_eq!(key_id(token)?, "one");
    verify(token, &published(&json!({})), &expected())
}

/// The same of a whole token with some claims replaced.
fn accept_with(change: &Value) -> Result<Accepted, InvalidToken> {
    accept(&signed(&header().to_string(), &with(claims(), change).to_string(), &ISSUER))
}

#[track_caller]
fn refused(result: Result<Accepted, InvalidToken>, why: &str) {
    let error = result.expect_err(why).to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_whole_token_names_its_bearer() {
    let Accepted { person, .. } = accept_with(&json!({})).expect("accepted");
    assert_eq!(person.subject, "EE60001019906");
    assert!(person.has(&[Role::Admin]) && person.institutions.contains("tax-board"));
    assert!(accept_with(&json!({"aud": ["other", "centops"], "nbf": null, "iat": null})).is_ok());
    let issued_at = |change| accept_with(&change).expect("accepted").issued_at.as_second();
    assert_eq!(issued_at(json!({"iat": 1_790_000_000})), 1_790_000_000);
    assert_eq!(issued_at(json!({"iat": null, "exp": 4_000_000_000_i64})), 4_000_000_000);
    refused(accept_with(&json!({"iat": 1e300})), "is no time");
}

#[test]
fn a_token_without_a_signature_is_refused() {
    for algorithm in ["none", "None", "NONE", ""] {
        let message =
            format!("{}.{}", part(&json!({"alg": algorithm, "kid": "one"}).to_string()), part(&claims().to_string()));
        for token in [format!("{message}."), message.clone()] {
            refused(accept(&token), "not a JWT with a key id");
        }
    }
    let whole = signed(&header().to_string(), &claims().to_string(), &ISSUER);
    let (message, _) = whole.rsplit_once('.').expect("a signature");
    refused(accept(&format!("{message}.")), "signature does not verify");
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let key = jwk(&ISSUER);
    let modulus = key["n"].as_str().expect("a number");
    let pem = ISSUER.public_key_pem();
    let secrets: [&[u8]; 5] = [
        pem.as_bytes(),
        pem.trim_end().as_bytes(),
        ISSUER.public_key_raw(),
        modulus.as_bytes(),
        &URL_SAFE_NO_PAD.decode(modulus).expect("bytes"),
    ];
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for secret in secrets {
            let mut header = Header::new(algorithm);
            header.kid = Some("one".into());
            let token = encode(&header, &claims(), &EncodingKey::from_secret(secret)).expect("a token");
            refused(accept(&token), "not signed with RS256");
            // Past the first check too.
            refused(verify(&token, &published(&json!({})), &expected()), "not an RSA key");
        }
    }
}

#[test]
fn only_rs256_is_taken_by_token_and_by_key() {
    let key = KeyPair::from_pem_and_sign_algo(&ISSUER.serialize_pem(), &PKCS_RSA_SHA512).expect("the same key");
    for algorithm in ["RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let token = signed(&with(header(), &json!({"alg": algorithm})).to_string(), &claims().to_string(), &key);
        refused(accept(&token), "not signed with RS256");
    }
    let whole = signed(&header().to_string(), &claims().to_string(), &ISSUER);
    for change in [json!({"alg": "RS512"}), json!({"use": "enc"})] {
        refused(verify(&whole, &published(&change), &expected()), "not signed with RS256");
    }
    let shared = json!({"kty": "oct", "k": part("secret")});
    assert!(verify(&whole, &published(&with(shared, &json!({"alg": "RS256"}))), &expected()).is_err());
}

#[test]
fn another_key_does_not_sign_for_the_issuer() {
    let claims = claims().to_string();
    refused(accept(&signed(&header().to_string(), &claims, &STRANGER)), "signature does not verify");
    // A key that the token brings itself, or an address where it would be.
    let own = json!({"jwk": jwk(&STRANGER), "jku": "https://evil.example/jwks", "x5u": "https://evil.example/x5u"});
    refused(accept(&signed(&with(header(), &own).to_string(), &claims, &STRANGER)), "signature does not verify");
    let changed = signed(&header().to_string(), &claims, &ISSUER);
    let (_, rest) = changed.split_once('.').expect("three parts");
    let forged = rest.replacen(&part(&claims), &part(&claims.replace("admin", "owner")), 1);
    refused(accept(&format!("{}.{forged}", part(&header().to_string()))), "signature does not verify");
}

#[test]
fn a_key_id_is_looked_up_as_it_stands() {
    for id in ["", "../one", "one\0", "ONE", "one' OR '1'='1", "https://evil.example/jwks#one", "/dev/null"] {
        let token = signed(&with(header(), &json!({"kid": id})).to_string(), &claims().to_string(), &ISSUER);
        assert_eq!(key_id(&token).expect("a key id"), id);
        assert!(serde_json::from_value::<JwkSet>(json!({"keys": [jwk(&ISSUER)]})).expect("a set").find(id).is_none());
    }
    for id in [json!(null), json!(["one"]), json!(7), json!({"kid": "one"})] {
        let token = signed(&with(header(), &json!({"kid": id})).to_string(), &claims().to_string(), &ISSUER);
        assert!(key_id(&token).is_err(), "{id}");
    }
}

#[test]
fn issuer_and_audience_are_ours() {
    for other in [json!("other"), json!("centops2"), json!(["other", "third"]), json!([]), json!(7)] {
        assert!(accept_with(&json!({"aud": other})).is_err(), "{other}");
    }
    refused(accept_with(&json!({"aud": ["other"]})), "another audience");
    refused(accept_with(&json!({"aud": null})), "lacks one of");
    let others = [json!("https://tara.example/"), json!("https://evil.example"), json!(["https://tara.example", "x"])];
    for other in others {
        refused(accept_with(&json!({"iss": other})), "another issuer");
    }
    refused(accept_with(&json!({"iss": null})), "lacks one of");
}

#[test]
fn times_hold_within_the_leeway() {
    let leeway = i64::try_from(LEEWAY).expect("a number");
    // Some seconds between, so that a slow machine does not matter.
    assert!(accept_with(&json!({"exp": now() - leeway + 20})).is_ok());
    refused(accept_with(&json!({"exp": now() - leeway - 2})), "has expired");
    assert!(accept_with(&json!({"nbf": now() + leeway - 2})).is_ok());
    refused(accept_with(&json!({"nbf": now() + leeway + 20})), "does not hold yet");
    refused(accept_with(&json!({"exp": null})), "lacks one of");
    for exp in [json!("4000000000"), json!(true), json!([now() + 600])] {
        assert!(accept_with(&json!({"exp": exp})).is_err(), "{exp}");
    }
    let strict = Expectation { leeway: 0, ..expected() };
    let token = signed(&header().to_string(), &with(claims(), &json!({"exp": now() - 2})).to_string(), &ISSUER);
    refused(verify(&token, &published(&json!({})), &strict), "has expired");
}

#[test]
fn a_critical_header_is_refused() {
    for critical in [json!(["b64"]), json!(["exp"]), json!([])] {
        let header = with(header(), &json!({"crit": critical, "b64": false}));
        refused(accept(&signed(&header.to_string(), &claims().to_string(), &ISSUER)), "critical header");
    }
}

#[test]
fn nothing_is_there_twice() {
    let body = claims().to_string();
    let twice = |name: &str, value: &str| format!("{},\"{name}\":{value}}}", body.trim_end_matches('}'));
    for (name, value) in [("sub", "\"EE1\""), ("roles", "[]"), ("exp", "4000000000"), ("aud", "\"centops\"")] {
        refused(accept(&signed(&header().to_string(), &twice(name, value), &ISSUER)), "there twice");
    }
    for header in [r#"{"alg":"RS256","alg":"RS256","kid":"one"}"#, r#"{"alg":"RS256","kid":"one","kid":"one"}"#] {
        refused(accept(&signed(header, &body, &ISSUER)), "not a JWT with a key id");
    }
}

#[test]
fn a_token_is_bounded() {
    let fill = |size: usize| {
        signed(&header().to_string(), &with(claims(), &json!({"x": "x".repeat(size)})).to_string(), &ISSUER)
    };
    let most = (0..MAX_BYTES * 2 / 3).rev().map(fill).find(|token| token.len() <= MAX_BYTES);
    assert!(accept(&most.expect("a token that fits")).is_ok());
    refused(accept(&fill(MAX_BYTES)), "over 8192 bytes");
    for rubbish in ["", ".", "..", "a.b.c", "a.b", &"a.".repeat(100)] {
        assert!(key_id(rubbish).is_err(), "{rubbish}");
    }
}

#[test]
fn a_subject_can_be_written_down() {
    for subject in [json!(""), json!(7), json!(["EE1"]), json!("a\nb"), json!("x".repeat(256))] {
        assert!(accept_with(&json!({"sub": subject})).is_err(), "{subject}");
    }
    refused(accept_with(&json!({"sub": null})), "lacks one of");
    assert!(accept_with(&json!({"sub": "x".repeat(255)})).is_ok());
}

#[test]
fn what_the_rules_require_is_required() {
    let rules = r#"{"require": [{"claim": "/acr", "oneOf": ["high"]}], "roles": []}"#;
    let strict = Expectation { rules: rules.parse().expect("good rules"), ..expected() };
    let accept = |acr: &str| {
        let token = signed(&header().to_string(), &with(claims(), &json!({"acr": acr})).to_string(), &ISSUER);
        verify(&token, &published(&json!({})), &strict)
    };
    assert!(accept("high").expect("accepted").person.roles.is_empty());
    refused(accept("low"), "the claim /acr has none of the values");
}
