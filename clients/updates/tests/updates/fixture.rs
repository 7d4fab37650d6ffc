//! A chatbot that runs two components, and the keys of CentOps and of a publisher.

use centops_network_api::signer::Signer;
use centops_updates::{
    Accepted, CheckRequest, Keys, Refusal, ReleaseKeys, Sha256Digest, SignedBody, TYP, TrustedKeys, TrustedState,
    verify,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";
pub const ARTEFACT: &[u8] = b"the artefact of bot 2.2.0";

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn now() -> Timestamp {
    time("2026-11-28T12:00:00Z")
}

pub fn key_set(signers: &[&Signer]) -> Keys {
    let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
    Keys::from_jwks(json!({ "keys": keys }).to_string().as_bytes()).expect("keys")
}

/// Replaces a member of an object. Null removes it.
pub fn set(object: &mut Value, member: &str, value: Value) {
    let members = object.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(member).expect("a member");
    } else {
        members.insert(member.to_owned(), value);
    }
}

/// Returns the code of the refusal.
pub fn code(result: Result<Accepted, Refusal>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(refusal) => refusal.code(),
    }
}

pub fn sign_statement(publisher: &Signer, statement: &Value) -> String {
    let header = json!({"alg": "ES256", "kid": publisher.key_id(), "typ": TYP});
    publisher.sign_compact(&header, statement).expect("a signature")
}

/// `tax-board` runs `bot` 2.1.0 and `classifier` 3.0.0. The release key of `bot` is pinned.
pub struct Fixture {
    pub centops: Signer,
    pub publisher: Signer,
    pub trusted: TrustedState,
    pub request: CheckRequest,
    pub keys: TrustedKeys,
    pub now: Timestamp,
}

impl Fixture {
    pub fn new() -> Self {
        let (centops, publisher) = (Signer::new().expect("a key"), Signer::new().expect("a key"));
        let running = [("bot", "2.1.0"), ("classifier", "3.0.0")];
        let running = running.map(|(component, version)| (component.to_owned(), version.parse().expect("a version")));
        let releases = ReleaseKeys::default().with("bot", key_set(&[&publisher]));
        Self {
            trusted: TrustedState::new("tax-board", Some(time("2026-11-21T09:05:06.007Z"))),
            request: CheckRequest { nonce: NONCE.to_owned(), running: running.into_iter().collect() },
            keys: TrustedKeys { answers: key_set(&[&centops]), releases },
            now: now(),
            centops,
            publisher,
        }
    }

    /// Returns a fixture that accepted an answer with counter 18, catalogue 40 and release 7, a minute ago.
    pub fn after_an_answer() -> Self {
        let mut fixture = Self::new();
        let minute = SignedDuration::from_mins(1);
        fixture.now -= minute;
        fixture.accept(&fixture.answer());
        fixture.now += minute;
        fixture
    }

    /// Returns a valid answer that offers `bot` 2.2.0.
    pub fn answer(&self) -> Value {
        json!({
            "kind": "updates",
            "chatbot": "tax-board",
            "enrolment": "2026-11-21T09:05:06.007Z",
            "nonce": NONCE,
            "issuedAt": self.now,
            "expiresAt": self.now + SignedDuration::from_hours(3),
            "counter": 18,
            "catalogue": 40,
            "channel": "stable",
            "nextCheck": 3600,
            "offers": [self.offer(&self.statement())],
            "behind": [{"component": "bot", "running": "2.1.0", "latest": "2.2.0", "severity": "mandatory"}],
            "withdrawn": [],
        })
    }

    /// Returns a valid answer in which one member is replaced, or removed by null.
    pub fn answer_with(&self, member: &str, value: impl Into<Value>) -> Value {
        let mut answer = self.answer();
        set(&mut answer, member, value.into());
        answer
    }

    /// Returns a valid answer whose offer is changed.
    pub fn answer_with_offer(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut answer = self.answer();
        change(&mut answer["offers"][0]);
        answer
    }

    /// Returns an answer whose offer has the release of a changed statement.
    pub fn answer_with_statement(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut statement = self.statement();
        change(&mut statement);
        self.answer_with("offers", json!([self.offer(&statement)]))
    }

    /// Returns an answer that offers to go back to `bot` 2.0.0, whose release counter is 5.
    pub fn rollback(&self) -> Value {
        let mut answer = self.answer_with_statement(|statement| {
            statement["version"] = json!("2.0.0");
            statement["counter"] = json!(5);
        });
        answer["counter"] = json!(19);
        answer["offers"][0]["kind"] = json!("rollback");
        answer
    }

    /// Returns the statement of `bot` 2.2.0.
    pub fn statement(&self) -> Value {
        json!({
            "component": "bot",
            "version": "2.2.0",
            "counter": 7,
            "length": ARTEFACT.len(),
            "sha256": Sha256Digest::of(ARTEFACT),
            "requires": {"classifier": "3.0.0"},
            "floor": "2.0.0",
            "irreversible": false,
            "expires": self.now + SignedDuration::from_hours(24 * 100),
            "publisher": "Example Ltd",
        })
    }

    /// Returns the offer of the release of a statement.
    pub fn offer(&self, statement: &Value) -> Value {
        json!({
            "component": statement["component"],
            "from": "2.1.0",
            "to": statement["version"],
            "kind": "update",
            "severity": "mandatory",
            "attempt": 1,
            "acceptBy": self.now + SignedDuration::from_mins(15),
            "artefact": {
                "url": "https://releases.example.ee/bot",
                "length": statement["length"],
                "sha256": statement["sha256"],
            },
            "statement": sign_statement(&self.publisher, statement),
        })
    }

    pub fn sign(&self, answer: &Value) -> SignedBody {
        self.centops.sign_json(answer).expect("a signature")
    }

    pub fn verify(&self, answer: &Value) -> Result<Accepted, Refusal> {
        self.verify_signed(&self.sign(answer))
    }

    pub fn verify_signed(&self, signed: &SignedBody) -> Result<Accepted, Refusal> {
        verify(&self.trusted, &self.request, signed, &self.keys, self.now)
    }

    /// Returns the code of the refusal of an answer.
    pub fn code(&self, answer: &Value) -> &'static str {
        code(self.verify(answer))
    }

    /// Accepts an answer and keeps the state after it.
    pub fn accept(&mut self, answer: &Value) {
        self.trusted = self.verify(answer).expect("a valid answer").state;
    }
}
