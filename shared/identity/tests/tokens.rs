//! Tests of token verification with real keys: valid tokens, and the known ways to forge one.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::{sync::LazyLock, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use centops_domain::callers::Role;
use centops_identity::{
    identity_token::{self, Identity, IdentityPolicy, InvalidIdentity},
    token::{InvalidToken, MAX_BYTES, TokenPolicy, VerifiedToken, key_id, verify},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet},
};
use rcgen::{KeyPair, PKCS_RSA_SHA256, PKCS_RSA_SHA512, RsaKeySize, SigningKey};
use serde_json::{Value, json};
use x509_parser::{prelude::FromDer, public_key::RSAPublicKey};

const LEEWAY: u64 = 30;

/// Key generation is slow, so all tests share two keys.
static ISSUER: LazyLock<KeyPair> = LazyLock::new(rsa);
static OTHER_KEY: LazyLock<KeyPair> = LazyLock::new(rsa);

fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key")
}

fn policy() -> TokenPolicy {
    TokenPolicy {
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

/// Returns the issuer's published keys `one`: one, with some fields replaced.
fn published(change: &Value) -> [Jwk; 1] {
    let mut key = jwk(&ISSUER);
    key.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    let set: JwkSet = serde_json::from_value(json!({"keys": [key]})).expect("a key set");
    [set.find("one").expect("the key").clone()]
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Returns a token of this header and these claims, signed by `key`.
fn signed(header: &str, claims: &str, key: &KeyPair) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
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

/// Verifies `token` as the authorizer does.
fn accept(token: &str) -> Result<VerifiedToken, InvalidToken> {
    assert_eq!(key_id(token)?, "one");
    verify(token, &published(&json!({})), &policy())
}

/// Verifies a valid token with some claims replaced.
fn accept_with(change: &Value) -> Result<VerifiedToken, InvalidToken> {
    accept(&signed(&header().to_string(), &with(claims(), change).to_string(), &ISSUER))
}

#[track_caller]
fn assert_rejected(result: Result<VerifiedToken, InvalidToken>, cause: &str) {
    let error = result.expect_err(cause).to_string();
    assert!(error.contains(cause), "{error}");
}

#[test]
fn returns_the_bearer_of_a_valid_token() {
    let VerifiedToken { person, .. } = accept_with(&json!({})).expect("accepted");
    assert_eq!(person.subject, "EE60001019906");
    assert!(person.has_any_role(&[Role::Admin]) && person.institutions.contains("tax-board"));
    assert!(accept_with(&json!({"aud": ["other", "centops"], "nbf": null, "iat": null})).is_ok());
    let issued_at = |change| accept_with(&change).expect("accepted").issued_at.as_second();
    assert_eq!(issued_at(json!({"iat": 1_790_000_000})), 1_790_000_000);
    assert_eq!(issued_at(json!({"iat": null, "exp": 4_000_000_000_i64})), 4_000_000_000);
    assert_rejected(accept_with(&json!({"iat": 1e300})), "is not a valid time");
}

#[test]
fn rejects_a_token_without_a_signature() {
    for algorithm in ["none", "None", "NONE", ""] {
        let message = format!(
            "{}.{}",
            encoded(&json!({"alg": algorithm, "kid": "one"}).to_string()),
            encoded(&claims().to_string())
        );
        for token in [format!("{message}."), message.clone()] {
            assert_rejected(accept(&token), "not a JWT with a key id");
        }
    }
    let token = signed(&header().to_string(), &claims().to_string(), &ISSUER);
    let (message, _) = token.rsplit_once('.').expect("a signature");
    assert_rejected(accept(&format!("{message}.")), "signature does not verify");
}

#[test]
fn rejects_hmac_with_the_public_key_as_secret() {
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
            assert_rejected(accept(&token), "not signed with RS256");
            // The second check rejects it as well.
            assert_rejected(verify(&token, &published(&json!({})), &policy()), "not an RSA key");
        }
    }
}

#[test]
fn rejects_algorithms_other_than_rs256_in_token_and_key() {
    let key = KeyPair::from_pem_and_sign_algo(&ISSUER.serialize_pem(), &PKCS_RSA_SHA512).expect("the same key");
    for algorithm in ["RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let token = signed(&with(header(), &json!({"alg": algorithm})).to_string(), &claims().to_string(), &key);
        assert_rejected(accept(&token), "not signed with RS256");
    }
    let token = signed(&header().to_string(), &claims().to_string(), &ISSUER);
    for change in [json!({"alg": "RS512"}), json!({"use": "enc"})] {
        assert_rejected(verify(&token, &published(&change), &policy()), "not signed with RS256");
    }
    let shared = json!({"kty": "oct", "k": encoded("secret")});
    assert!(verify(&token, &published(&with(shared, &json!({"alg": "RS256"}))), &policy()).is_err());
}

#[test]
fn key_that_signed_is_found_among_several_of_one_id() {
    let token = signed(&header().to_string(), &claims().to_string(), &ISSUER);
    let key = |value: Value| serde_json::from_value::<Jwk>(value).expect("a key");
    let signing = key(jwk(&ISSUER));
    for other in [
        key(with(jwk(&ISSUER), &json!({"use": "enc", "alg": "RSA-OAEP"}))),
        key(json!({"kty": "EC", "kid": "one", "use": "sig", "alg": "ES256", "crv": "P-256", "x": "AQAB", "y": "AQAB"})),
        key(jwk(&OTHER_KEY)),
    ] {
        for keys in [[other.clone(), signing.clone()], [signing.clone(), other.clone()]] {
            assert!(verify(&token, &keys, &policy()).is_ok(), "{other:?}");
            let expired = with(claims(), &json!({"exp": now() - 600})).to_string();
            let expired = signed(&header().to_string(), &expired, &ISSUER);
            assert_rejected(verify(&expired, &keys, &policy()), "has expired");
        }
    }
    let others = [key(jwk(&OTHER_KEY)), key(with(jwk(&ISSUER), &json!({"use": "enc"})))];
    assert_rejected(verify(&token, &others, &policy()), "signature does not verify");
    assert_rejected(verify(&token, &[], &policy()), "not signed with RS256");
}

#[test]
fn rejects_a_signature_by_another_key() {
    let claims = claims().to_string();
    assert_rejected(accept(&signed(&header().to_string(), &claims, &OTHER_KEY)), "signature does not verify");
    // A key in the token's own header, or an address of one.
    let own = json!({"jwk": jwk(&OTHER_KEY), "jku": "https://evil.example/jwks", "x5u": "https://evil.example/x5u"});
    assert_rejected(
        accept(&signed(&with(header(), &own).to_string(), &claims, &OTHER_KEY)),
        "signature does not verify",
    );
    let changed = signed(&header().to_string(), &claims, &ISSUER);
    let (_, rest) = changed.split_once('.').expect("three parts");
    let forged = rest.replacen(&encoded(&claims), &encoded(&claims.replace("admin", "owner")), 1);
    assert_rejected(accept(&format!("{}.{forged}", encoded(&header().to_string()))), "signature does not verify");
}

#[test]
fn key_id_is_looked_up_verbatim() {
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
fn rejects_another_issuer_or_audience() {
    for other in [json!("other"), json!("centops2"), json!(["other", "third"]), json!([]), json!(7)] {
        assert!(accept_with(&json!({"aud": other})).is_err(), "{other}");
    }
    assert_rejected(accept_with(&json!({"aud": ["other"]})), "another audience");
    assert_rejected(accept_with(&json!({"aud": null})), "lacks one of");
    let others = [json!("https://tara.example/"), json!("https://evil.example"), json!(["https://tara.example", "x"])];
    for other in others {
        assert_rejected(accept_with(&json!({"iss": other})), "another issuer");
    }
    assert_rejected(accept_with(&json!({"iss": null})), "lacks one of");
}

#[test]
fn times_are_checked_with_the_leeway() {
    let leeway = i64::try_from(LEEWAY).expect("a number");
    // A margin of some seconds, for slow machines.
    assert!(accept_with(&json!({"exp": now() - leeway + 20})).is_ok());
    assert_rejected(accept_with(&json!({"exp": now() - leeway - 2})), "has expired");
    assert!(accept_with(&json!({"nbf": now() + leeway - 2})).is_ok());
    assert_rejected(accept_with(&json!({"nbf": now() + leeway + 20})), "not valid yet");
    assert_rejected(accept_with(&json!({"exp": null})), "lacks one of");
    for exp in [json!("4000000000"), json!(true), json!([now() + 600])] {
        assert!(accept_with(&json!({"exp": exp})).is_err(), "{exp}");
    }
    let strict = TokenPolicy { leeway: 0, ..policy() };
    let token = signed(&header().to_string(), &with(claims(), &json!({"exp": now() - 2})).to_string(), &ISSUER);
    assert_rejected(verify(&token, &published(&json!({})), &strict), "has expired");
}

#[test]
fn rejects_a_critical_header() {
    for critical in [json!(["b64"]), json!(["exp"]), json!([])] {
        let header = with(header(), &json!({"crit": critical, "b64": false}));
        assert_rejected(accept(&signed(&header.to_string(), &claims().to_string(), &ISSUER)), "critical header");
    }
}

#[test]
fn rejects_repeated_claims_and_header_fields() {
    let body = claims().to_string();
    let twice = |name: &str, value: &str| format!("{},\"{name}\":{value}}}", body.trim_end_matches('}'));
    for (name, value) in [("sub", "\"EE1\""), ("roles", "[]"), ("exp", "4000000000"), ("aud", "\"centops\"")] {
        assert_rejected(accept(&signed(&header().to_string(), &twice(name, value), &ISSUER)), "malformed or repeated");
    }
    for header in [r#"{"alg":"RS256","alg":"RS256","kid":"one"}"#, r#"{"alg":"RS256","kid":"one","kid":"one"}"#] {
        assert_rejected(accept(&signed(header, &body, &ISSUER)), "not a JWT with a key id");
    }
}

#[test]
fn rejects_oversized_and_malformed_tokens() {
    let fill = |size: usize| {
        signed(&header().to_string(), &with(claims(), &json!({"x": "x".repeat(size)})).to_string(), &ISSUER)
    };
    let most = (0..MAX_BYTES * 2 / 3).rev().map(fill).find(|token| token.len() <= MAX_BYTES);
    assert!(accept(&most.expect("a token that fits")).is_ok());
    assert_rejected(accept(&fill(MAX_BYTES)), "over 8192 bytes");
    for rubbish in ["", ".", "..", "a.b.c", "a.b", &"a.".repeat(100)] {
        assert!(key_id(rubbish).is_err(), "{rubbish}");
    }
}

#[test]
fn rejects_unprintable_or_long_subjects() {
    for subject in [json!(""), json!(7), json!(["EE1"]), json!("a\nb"), json!("x".repeat(256))] {
        assert!(accept_with(&json!({"sub": subject})).is_err(), "{subject}");
    }
    assert_rejected(accept_with(&json!({"sub": null})), "lacks one of");
    assert!(accept_with(&json!({"sub": "x".repeat(255)})).is_ok());
}

#[test]
fn rejects_claims_that_do_not_meet_the_rules() {
    let rules = r#"{"require": [{"claim": "/acr", "oneOf": ["high"]}], "roles": []}"#;
    let strict = TokenPolicy { rules: rules.parse().expect("good rules"), ..policy() };
    let accept = |acr: &str| {
        let token = signed(&header().to_string(), &with(claims(), &json!({"acr": acr})).to_string(), &ISSUER);
        verify(&token, &published(&json!({})), &strict)
    };
    assert!(accept("high").expect("accepted").person.roles.is_empty());
    assert_rejected(accept("low"), "the claim /acr has none of the values");
}

/// Verifies an identity token as the callback of signing in does, with some claims replaced.
fn identify(change: &Value) -> Result<Identity, InvalidIdentity> {
    let claims = json!({
        "iss": "https://tara.example", "aud": "centops", "sub": "EE60001019906", "iat": now(), "nbf": now(),
        "exp": now() + 40, "nonce": "nonce-of-the-attempt", "acr": "high", "amr": ["mID"],
        "profile_attributes": {"given_name": "MARY ÄNN", "family_name": "O’CONNEŽ", "date_of_birth": "2000-01-01"},
    });
    let token = signed(&header().to_string(), &with(claims, change).to_string(), &ISSUER);
    let policy = IdentityPolicy { issuer: "https://tara.example".into(), client: "centops".into() };
    identity_token::verify(&token, &published(&json!({})), &policy, "nonce-of-the-attempt")
}

#[test]
fn identity_is_the_subject_and_the_name() {
    let identity = identify(&json!({})).expect("accepted");
    assert_eq!((identity.subject.as_str(), identity.name.as_str()), ("EE60001019906", "MARY ÄNN O’CONNEŽ"));
    assert!(identify(&json!({"acr": "substantial", "aud": ["centops"], "azp": "centops"})).is_ok());
    let nameless = identify(&json!({"profile_attributes": null})).expect("accepted");
    assert_eq!(nameless.name, "EE60001019906");
    let long = identify(&json!({"profile_attributes": {"given_name": "\u{7}x".repeat(200)}})).expect("accepted");
    assert_eq!(long.name, "x".repeat(120));
}

#[test]
fn identity_token_of_another_attempt_party_level_or_person_is_rejected() {
    for (change, cause) in [
        (json!({"nonce": "another"}), "another attempt"),
        (json!({"nonce": null}), "another attempt"),
        (json!({"nonce": ["nonce-of-the-attempt"]}), "another attempt"),
        (json!({"aud": ["centops", "another"]}), "another party"),
        (json!({"azp": "another"}), "another party"),
        (json!({"acr": "low"}), "level of assurance"),
        (json!({"acr": null}), "level of assurance"),
        (json!({"acr": "HIGH"}), "level of assurance"),
        (json!({"sub": "60001019906"}), "personal code"),
        (json!({"sub": "ee60001019906"}), "personal code"),
        (json!({"sub": "EE"}), "personal code"),
        (json!({"sub": "EE6000 1019906"}), "personal code"),
        (json!({"aud": "another"}), "another audience"),
        (json!({"iss": "https://tara.example.attacker.example"}), "another issuer"),
        (json!({"exp": now() - 31}), "has expired"),
        (json!({"nbf": now() + 600}), "not valid yet"),
        (json!({"sub": null}), "lacks one of"),
    ] {
        let error = identify(&change).expect_err(cause).to_string();
        assert!(error.contains(cause), "{change}: {error}");
    }
}
