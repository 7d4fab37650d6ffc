//! The vectors of the folder `vectors`, for implementations in other languages. Its README describes their form.

use std::path::{Path, PathBuf};

use centops_network_api::signer::Signer;
use centops_updates::{CheckRequest, Keys, ReleaseKeys, SignedBody, TrustedKeys, TrustedState, Versions, verify};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fixture::{Fixture, set};

/// One vector.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    /// The reason for the result.
    about: String,
    now: Timestamp,
    nonce: String,
    running: Versions,
    trusted: TrustedState,
    /// A JSON Web Key Set.
    keys: Value,
    /// JSON Web Key Sets by component.
    release_keys: std::collections::BTreeMap<String, Value>,
    /// The decoded body, exactly.
    body: String,
    signature: String,
    /// `accepted`, or the code of the refusal.
    result: String,
    /// The state to save; only if the answer is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<TrustedState>,
}

impl Vector {
    /// Returns the result and the state after it.
    fn evaluate(&self) -> (String, Option<TrustedState>) {
        let parse = |keys: &Value| Keys::from_jwks(keys.to_string().as_bytes()).expect("keys");
        let releases = self
            .release_keys
            .iter()
            .fold(ReleaseKeys::default(), |releases, (component, keys)| releases.with(component, parse(keys)));
        let keys = TrustedKeys { answers: parse(&self.keys), releases };
        let request = CheckRequest { nonce: self.nonce.clone(), running: self.running.clone() };
        let signed = SignedBody::new(self.signature.clone(), self.body.as_bytes());
        match verify(&self.trusted, &request, &signed, &keys, self.now) {
            Ok(accepted) => ("accepted".to_owned(), Some(accepted.state)),
            Err(refusal) => (refusal.code().to_owned(), None),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

#[test]
fn every_vector_has_its_result() {
    let files = folder().read_dir().expect("the folder of vectors").map(|entry| entry.expect("a file").path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    assert!(files.len() >= 20, "{} vectors", files.len());
    for path in files {
        let vector: Vector = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("a vector");
        let (result, state) = vector.evaluate();
        assert_eq!((result, state), (vector.result, vector.state), "{}: {}", path.display(), vector.about);
    }
}

/// Returns the vector of an answer. Its result is what the verification says: read the vectors after a change.
fn vector(fixture: &Fixture, about: &str, signed: &SignedBody) -> Vector {
    let mut vector = Vector {
        about: about.to_owned(),
        now: fixture.now,
        nonce: fixture.request.nonce.clone(),
        running: fixture.request.running.clone(),
        trusted: fixture.trusted.clone(),
        keys: json!({"keys": [fixture.centops.jwk()]}),
        release_keys: [("bot".to_owned(), json!({"keys": [fixture.publisher.jwk()]}))].into(),
        body: String::from_utf8_lossy(&signed.body).into_owned(),
        signature: signed.signature.clone(),
        result: String::new(),
        state: None,
    };
    (vector.result, vector.state) = vector.evaluate();
    vector
}

type Change = fn(&Fixture) -> Value;

/// The answers whose signature is valid.
const ANSWERS: [(&str, &str, Change); 18] = [
    ("accepted", "a valid answer with an offer", |fixture| fixture.answer()),
    ("accepted-rollback", "a rollback with a higher counter", Fixture::rollback),
    ("kind", "another document of CentOps", |fixture| fixture.answer_with("kind", "routes")),
    ("chatbot", "the answer of another chatbot", |fixture| fixture.answer_with("chatbot", "police")),
    ("enrolment", "the answer of another enrolment", |fixture| {
        fixture.answer_with("enrolment", "2026-11-21T09:05:06.008Z")
    }),
    ("expired", "expiresAt has come", |fixture| fixture.answer_with("expiresAt", fixture.now.to_string())),
    ("lifetime", "valid for more than 24 h", |fixture| {
        fixture.answer_with("expiresAt", (fixture.now + SignedDuration::from_secs(86_401)).to_string())
    }),
    ("clock", "issued 10 min and a second ago", |fixture| {
        fixture.answer_with("issuedAt", (fixture.now - SignedDuration::from_secs(601)).to_string())
    }),
    ("nonce", "the answer to another request", |fixture| fixture.answer_with("nonce", "BBBBBBBBBBBBBBBBBBBBBB")),
    ("counter-fell", "an older counter", |fixture| fixture.answer_with("counter", 17)),
    ("catalogue-fell", "an older catalogue", |fixture| fixture.answer_with("catalogue", 39)),
    ("fast-forward", "a counter of 2^63", |fixture| fixture.answer_with("counter", 1_u64 << 63)),
    ("unexpected-component", "an offer of a component that does not run", |fixture| {
        fixture.answer_with_statement(|statement| statement["component"] = json!("miner"))
    }),
    ("downgrade", "an older version as an update", |fixture| {
        fixture.answer_with_statement(|statement| statement["version"] = json!("2.0.9"))
    }),
    ("release-counter-fell", "an older release counter", |fixture| {
        fixture.answer_with_statement(|statement| statement["counter"] = json!(6))
    }),
    ("statement-missing", "no statement for a component whose release key is pinned", |fixture| {
        fixture.answer_with_offer(|offer| offer["statement"] = Value::Null)
    }),
    ("statement-build", "the same precedence as the statement, but not the same version", |fixture| {
        fixture.answer_with_offer(|offer| offer["to"] = json!("2.2.0+evil"))
    }),
    ("statement-digest", "another digest than in the statement", |fixture| {
        fixture.answer_with_offer(|offer| offer["artefact"]["sha256"] = json!("00".repeat(32)))
    }),
];

/// Writes the vectors: `cargo test -p centops-updates write_vectors -- --ignored`. The keys are new each time.
#[test]
#[ignore = "replaces the vectors"]
fn write_vectors() {
    let mut fixture = Fixture::after_an_answer();
    let write = |name: &str, vector: &Vector| {
        let text = serde_json::to_string_pretty(vector).expect("a vector") + "\n";
        std::fs::write(folder().join(name).with_extension("json"), text).expect("a file");
    };
    for (name, about, change) in ANSWERS {
        write(name, &vector(&fixture, about, &fixture.sign(&change(&fixture))));
    }
    let valid = fixture.sign(&fixture.answer());
    let changed = String::from_utf8_lossy(&valid.body).replace("\"counter\":18", "\"counter\":19");
    let changed = SignedBody::new(valid.signature.clone(), changed.as_bytes());
    write("signature-changed", &vector(&fixture, "one byte of the body was changed", &changed));
    let unsigned = SignedBody::new("", valid.body.clone());
    write("signature-missing", &vector(&fixture, "the header is missing", &unsigned));
    let mut header = fixture.centops.protected_header();
    set(&mut header, "b64", Value::Null);
    let signature = fixture.centops.sign_with_header(&header, &valid.body).expect("a signature");
    write("signature-b64", &vector(&fixture, "b64 is missing", &SignedBody::new(signature, valid.body)));
    fixture.centops = Signer::new().expect("a key");
    let replaced = fixture.sign(&fixture.answer_with("counter", 1));
    write("accepted-key-replaced", &vector(&fixture, "counters start anew after the key was replaced", &replaced));
}
