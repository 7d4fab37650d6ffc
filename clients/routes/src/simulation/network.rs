//! A CentOps in memory: it signs what it answers, and can be made to answer wrongly.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::keeper::{Answer, Ask};
use crate::{Route, Signed};

/// The simulation itself failed; this says nothing about what is simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A key cannot be made or used.
    #[error("a key cannot be made or used")]
    Key,
    /// The file of the last good table cannot be written or read.
    #[error(transparent)]
    Disk(#[from] crate::disk::DiskError),
    /// The simulated DMR has no table to begin with.
    #[error("the simulated DMR refused its first table: {0}")]
    Refused(#[from] crate::Refusal),
    /// The keys that the simulated CentOps publishes are wrong.
    #[error(transparent)]
    Keys(#[from] crate::InvalidKeys),
}

/// A key that signs tables.
#[derive(Debug)]
pub struct Signer {
    pair: EcdsaKeyPair,
    kid: String,
}

/// The state of a network, and what changed in it.
#[derive(Debug)]
pub struct Network {
    signer: Signer,
    revision: u64,
    time: Timestamp,
    routes: BTreeMap<String, Route>,
    /// By revision, from 2: the change, when it was, and the number of routes then.
    log: BTreeMap<u64, (Value, Timestamp, usize)>,
    /// Routes of one page.
    page_size: usize,
}

/// How a table can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// No signature came with it.
    Unsigned,
    /// Signed by a key that CentOps has not published.
    OtherKey,
    /// A key that CentOps has published is named, and another one signed.
    WrongKey,
    /// The body ends early.
    Body,
    /// Half of the routes are missing, and `count` says so.
    FewerThanCount,
    /// The second page never came.
    PageMissing,
    /// The second page is of another revision.
    PagesOfTwo,
    /// One name twice.
    Duplicate,
    /// Two routes in the wrong order.
    Order,
    /// Older than what the DMR has.
    Older,
    /// Sound, newer, and without most of the routes.
    Shrunk,
}

impl Cut {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Unsigned,
        Self::OtherKey,
        Self::WrongKey,
        Self::Body,
        Self::FewerThanCount,
        Self::PageMissing,
        Self::PagesOfTwo,
        Self::Duplicate,
        Self::Order,
        Self::Older,
        Self::Shrunk,
    ];
}

impl Signer {
    /// A new key.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new() -> Result<Self, SimulationError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| SimulationError::Key)?;
        let mut signer = Self { pair, kid: String::new() };
        let (x, y) = signer.coordinates();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        signer.kid = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Ok(signer)
    }

    /// Its public half, as `GET /keys` shows it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self.kid})
    }

    /// Signs a body: the value of `Centops-Signature`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, body: &[u8]) -> Result<String, SimulationError> {
        self.sign_as(&json!({"alg": "ES256", "kid": self.kid, "b64": false, "crit": ["b64"]}), body)
    }

    /// The same under any protected header.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign_as(&self, header: &Value, body: &[u8]) -> Result<String, SimulationError> {
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        let input = [protected.as_bytes(), b".", body].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &input).map_err(|_| SimulationError::Key)?;
        Ok(format!("{protected}..{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Its id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.pair.public_key().as_ref();
        // An uncompressed point: a byte that says so, then both coordinates.
        let (x, y) = point.split_at_checked(33).unwrap_or_default();
        (BASE64_URL_SAFE_NO_PAD.encode(x.get(1..).unwrap_or_default()), BASE64_URL_SAFE_NO_PAD.encode(y))
    }
}

impl Network {
    /// A network without chatbots, at revision 1.
    #[must_use]
    pub fn new(signer: Signer, time: Timestamp) -> Self {
        Self { signer, revision: 1, time, routes: BTreeMap::new(), log: BTreeMap::new(), page_size: usize::MAX }
    }

    /// Splits whole tables into pages of so many routes, at least one.
    pub fn set_page(&mut self, routes: usize) {
        self.page_size = routes.max(1);
    }

    /// Signs with another key from now on, and returns the one before.
    pub fn rotate(&mut self, signer: Signer) -> Signer {
        std::mem::replace(&mut self.signer, signer)
    }

    /// The key set of `GET /keys`.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.signer.jwk()] }).to_string()
    }

    /// The newest revision.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The routes of the newest revision.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }

    /// Routes a chatbot, or moves it: a new revision.
    pub fn put(&mut self, name: &str, uri: &str, time: Timestamp) {
        let route = Route { name: name.to_owned(), uri: uri.to_owned(), kind: "ministry".to_owned() };
        self.routes.insert(name.to_owned(), route.clone());
        self.changed(json!(route), time);
    }

    /// Takes a chatbot out of routing: a new revision with a tombstone.
    pub fn remove(&mut self, name: &str, time: Timestamp) {
        self.routes.remove(name);
        self.changed(json!({"name": name, "gone": true}), time);
    }

    /// Forgets what changed up to now: who is behind needs a whole table.
    pub fn forget(&mut self) {
        self.log.clear();
    }

    /// The right answer.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn answer(&self, ask: Ask) -> Result<Answer, SimulationError> {
        match ask {
            Ask::Whole => Ok(Answer::Whole(self.pages()?)),
            Ask::Since(revision) if revision == self.revision => Ok(Answer::Unchanged),
            Ask::Since(revision) => Ok(self.delta(revision, self.revision)?.map_or(Answer::Gone, Answer::Delta)),
        }
    }

    /// The whole table, in its pages.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn pages(&self) -> Result<Vec<Signed>, SimulationError> {
        let routes: Vec<&Route> = self.routes.values().collect();
        self.split(self.revision, routes.len(), &routes)
    }

    /// What changed after `since` up to `revision`; none where the log does not reach.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn delta(&self, since: u64, revision: u64) -> Result<Option<Signed>, SimulationError> {
        let Some((_, time, count)) = self.log.get(&revision) else { return Ok(None) };
        if since >= revision || !self.log.contains_key(&(since + 1)) {
            return Ok(None);
        }
        let newest: BTreeMap<&str, &Value> = self
            .log
            .range(since + 1..=revision)
            .map(|(_, (change, ..))| (change["name"].as_str().unwrap_or_default(), change))
            .collect();
        let changes: Vec<&Value> = newest.into_values().collect();
        let body = json!({"revision": revision, "since": since, "time": time, "count": count, "changes": changes});
        self.signed(&body).map(Some)
    }

    /// A whole table that is wrong, for a DMR at revision `ours`.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn cut(&self, cut: Cut, ours: u64) -> Result<Vec<Signed>, SimulationError> {
        let all: Vec<&Route> = self.routes.values().collect();
        let extra = |name: &str| Route { name: name.into(), uri: "https://x".into(), kind: "other".into() };
        let (low, high) = (extra("~a"), extra("~b"));
        let (twice, swapped) = ([all.as_slice(), &[&low, &low]].concat(), [all.as_slice(), &[&high, &low]].concat());
        let pages = |revision, count, routes: &[&Route]| self.split(revision, count, routes);
        Ok(match cut {
            Cut::Unsigned => {
                vec![Signed::new("", self.page(self.revision, all.len(), &all, None).to_string().as_bytes())]
            }
            Cut::OtherKey => {
                let body = self.page(self.revision, all.len(), &all, None).to_string();
                vec![Signed::new(Signer::new()?.sign(body.as_bytes())?, body.as_bytes())]
            }
            Cut::WrongKey => {
                let body = self.page(self.revision, all.len(), &all, None).to_string();
                let header = json!({"alg": "ES256", "kid": self.signer.kid, "b64": false, "crit": ["b64"]});
                vec![Signed::new(Signer::new()?.sign_as(&header, body.as_bytes())?, body.as_bytes())]
            }
            Cut::Body => {
                let whole = self.signed(&self.page(self.revision, all.len(), &all, None))?;
                vec![Signed::new(whole.signature, whole.body.split_last().map(|(_, rest)| rest).unwrap_or_default())]
            }
            Cut::FewerThanCount => {
                pages(self.revision, all.len().max(1), all.get(..all.len() / 2).unwrap_or_default())?
            }
            Cut::PageMissing => vec![self.signed(&self.page(self.revision, all.len(), &all, Some("2")))?],
            Cut::PagesOfTwo => vec![
                self.signed(&self.page(self.revision, all.len(), &all, Some("2")))?,
                self.signed(&self.page(self.revision + 1, all.len(), &[], None))?,
            ],
            Cut::Duplicate => pages(self.revision, all.len() + 2, &twice)?,
            Cut::Order => pages(self.revision, all.len() + 2, &swapped)?,
            Cut::Older => pages(ours.saturating_sub(1), all.len(), &all)?,
            Cut::Shrunk => pages(ours + 1, all.len() / 2, all.get(..all.len() / 2).unwrap_or_default())?,
        })
    }

    fn changed(&mut self, change: Value, time: Timestamp) {
        self.revision += 1;
        self.time = time;
        self.log.insert(self.revision, (change, time, self.routes.len()));
    }

    fn split(&self, revision: u64, count: usize, routes: &[&Route]) -> Result<Vec<Signed>, SimulationError> {
        let mut chunks: Vec<&[&Route]> = routes.chunks(self.page_size).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let last = chunks.len();
        let numbered = chunks.into_iter().zip(1..);
        numbered
            .map(|(chunk, number)| {
                let next = (number < last).then(|| (number + 1).to_string());
                self.signed(&self.page(revision, count, chunk, next.as_deref()))
            })
            .collect()
    }

    fn page(&self, revision: u64, count: usize, routes: &[&Route], next: Option<&str>) -> Value {
        let mut page = json!({"revision": revision, "time": self.time, "count": count, "routes": routes});
        if let Some(next) = next {
            page["next"] = json!(next);
        }
        page
    }

    fn signed(&self, body: &Value) -> Result<Signed, SimulationError> {
        let body = body.to_string();
        Ok(Signed::new(self.signer.sign(body.as_bytes())?, body.as_bytes()))
    }
}
