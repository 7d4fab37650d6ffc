//! The verification of answers. It is pure: time is an argument, and it uses no network and no file.
//!
//! An answer is accepted as a whole or refused as a whole. A refused answer changes nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use centops_network_api::{Keys, SignedBody};
use jiff::{SignedDuration, Timestamp};
use semver::Version;

use crate::answer::{Answer, KIND, Offer, OfferKind};
use crate::refusal::Refusal;
use crate::statement::{ReleaseKeys, VerifiedStatement};
use crate::trust::{TrustedAnswer, TrustedRelease, TrustedRollback, TrustedState};

/// The size limit of a decoded answer, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The most that clocks may differ.
pub const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(10);
/// The longest validity of an answer.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// The most that a counter may rise from one answer to the next. A counter that is not known counts as 0.
pub const MAX_COUNTER_STEP: u64 = 1_000_000;

/// The versions of the components that run, by component.
pub type Versions = BTreeMap<String, Version>;

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRequest {
    /// The value of `Centops-Nonce`.
    pub nonce: String,
    /// The versions that run.
    pub running: Versions,
}

/// The keys that answers and statements are verified by.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys {
    /// The public keys of CentOps, which sign answers.
    pub answers: Keys,
    /// The publishers' keys, which sign statements.
    pub releases: ReleaseKeys,
}

/// An accepted answer, and the state to save before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The answer.
    pub answer: Answer,
    /// The state after it.
    pub state: TrustedState,
}

/// What an answer is checked against.
struct Check<'a> {
    trusted: &'a TrustedState,
    /// The answer to compare counters with; `None` before the first, and after its key was replaced.
    last: Option<&'a TrustedAnswer>,
    request: &'a CheckRequest,
    keys: &'a TrustedKeys,
    answer: &'a Answer,
    time: Timestamp,
}

/// Verifies the answer to `request` that came in at `now`.
///
/// # Errors
/// Returns the first reason to refuse the answer.
pub fn verify(
    trusted: &TrustedState,
    request: &CheckRequest,
    signed: &SignedBody,
    keys: &TrustedKeys,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    if signed.body.len() > MAX_ANSWER_BYTES {
        return Err(Refusal::TooLarge { limit: MAX_ANSWER_BYTES as u64 });
    }
    let key_id = keys.answers.verify(signed)?;
    let answer: Answer = serde_json::from_slice(&signed.body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let (last, time) = (trusted.comparable(&keys.answers), trusted.time(now));
    let check = Check { trusted, last, request, keys, answer: &answer, time };
    check.check_kind()?;
    check.check_addressee()?;
    check.check_times()?;
    check.check_nonce()?;
    check.check_counters()?;
    let releases = check.check_offers()?;
    let state = TrustedState {
        chatbot: trusted.chatbot.clone(),
        enrolment: Some(answer.enrolment),
        answer: Some(trusted_answer(&answer, key_id, trusted)),
        releases,
    };
    Ok(Accepted { answer, state })
}

impl Check<'_> {
    fn check_kind(&self) -> Result<(), Refusal> {
        let kind = &self.answer.kind;
        if kind == KIND { Ok(()) } else { Err(Refusal::Malformed(format!("its kind is {kind:?}"))) }
    }

    fn check_addressee(&self) -> Result<(), Refusal> {
        let Answer { chatbot, enrolment, .. } = self.answer;
        let is_enrolment = self.trusted.enrolment.is_none_or(|trusted| trusted == *enrolment);
        if *chatbot == self.trusted.chatbot && is_enrolment {
            return Ok(());
        }
        Err(Refusal::Addressee { chatbot: chatbot.clone(), enrolment: *enrolment })
    }

    fn check_times(&self) -> Result<(), Refusal> {
        let (time, Answer { issued_at, expires_at, .. }) = (self.time, self.answer);
        let (issued_at, expires_at) = (*issued_at, *expires_at);
        if time >= expires_at {
            return Err(Refusal::Expired { expires_at, time });
        }
        let lifetime = expires_at.duration_since(issued_at);
        if !lifetime.is_positive() || lifetime > MAX_LIFETIME {
            return Err(Refusal::Lifetime { issued_at, expires_at });
        }
        if issued_at.duration_since(time).abs() > CLOCK_SLACK {
            return Err(Refusal::Clock { issued_at, time });
        }
        Ok(())
    }

    fn check_nonce(&self) -> Result<(), Refusal> {
        if self.answer.nonce == self.request.nonce { Ok(()) } else { Err(Refusal::Nonce) }
    }

    fn check_counters(&self) -> Result<(), Refusal> {
        let Answer { counter, catalogue, .. } = *self.answer;
        let last = self.last.map_or((0, 0), |last| (last.counter, last.catalogue));
        if counter < last.0 {
            return Err(Refusal::Counter { trusted: last.0, received: counter });
        }
        if catalogue < last.1 {
            return Err(Refusal::Catalogue { trusted: last.1, received: catalogue });
        }
        check_step("counter", last.0, counter)?;
        check_step("catalogue", last.1, catalogue)
    }

    /// Checks all offers and returns the releases to trust after them.
    fn check_offers(&self) -> Result<BTreeMap<String, TrustedRelease>, Refusal> {
        let mut releases = self.trusted.releases.clone();
        for (index, offer) in self.answer.offers.iter().enumerate() {
            let is_repeated = self.answer.offers.iter().take(index).any(|other| other.component == offer.component);
            if is_repeated {
                return Err(unexpected(&offer.component, "it is offered twice"));
            }
            let running = self.check_running(offer)?;
            self.check_direction(offer, running)?;
            let statement = self.keys.releases.verify(offer, self.time)?;
            self.check_requires(offer, statement.as_ref())?;
            if let Some(statement) = statement {
                check_floor(offer, &statement)?;
                let release = self.check_release(offer, statement)?;
                releases.insert(offer.component.clone(), release);
            }
        }
        Ok(releases)
    }

    /// Checks that the component runs in the version that the offer is for, and returns the version.
    fn check_running(&self, offer: &Offer) -> Result<&Version, Refusal> {
        let component = &offer.component;
        let running = self.request.running.get(component).ok_or_else(|| unexpected(component, "it does not run"))?;
        // The exact text: build metadata counts.
        if *running == offer.from {
            return Ok(running);
        }
        Err(Refusal::From { component: component.clone(), from: offer.from.clone(), running: running.clone() })
    }

    fn check_direction(&self, offer: &Offer, running: &Version) -> Result<(), Refusal> {
        let expected = match offer.kind {
            OfferKind::Update => Ordering::Greater,
            OfferKind::Rollback => Ordering::Less,
        };
        let (component, to) = (offer.component.clone(), offer.to.clone());
        if to.cmp_precedence(running) != expected {
            return Err(Refusal::Direction { component, to });
        }
        if offer.kind == OfferKind::Update {
            return Ok(());
        }
        let is_new = self.last.is_none_or(|last| self.answer.counter > last.counter);
        if !is_new && !self.last.is_some_and(|last| last.rollbacks.contains(&trusted_rollback(offer))) {
            return Err(Refusal::RollbackWithoutCounter { component, to });
        }
        let irreversible = self.trusted.releases.get(&component).and_then(|release| release.irreversible.clone());
        match irreversible {
            Some(irreversible) if is_between(&irreversible, &to, running) => {
                Err(Refusal::Irreversible { component, to, irreversible })
            }
            _ => Ok(()),
        }
    }

    /// Checks that the statement requires the same as the offer, and that the required versions run.
    fn check_requires(&self, offer: &Offer, statement: Option<&VerifiedStatement>) -> Result<(), Refusal> {
        let offered = offer.requires.as_ref();
        let stated = statement.map(|verified| &verified.statement.requires);
        if let (Some(offered), Some(stated)) = (offered, stated) {
            let unstated = offered.iter().find(|(component, minimum)| stated.get(*component) != Some(*minimum));
            if let Some((component, _)) = unstated {
                return Err(unexpected(component, "the statement does not require it so"));
            }
        }
        for (component, minimum) in stated.or(offered).into_iter().flatten() {
            let running = self.request.running.get(component);
            let running = running.ok_or_else(|| unexpected(component, "it is required and does not run"))?;
            if running.cmp_precedence(minimum).is_lt() {
                return Err(Refusal::Requires { component: component.clone(), minimum: minimum.clone() });
            }
        }
        Ok(())
    }

    /// Checks the release counter and returns what to trust of the component's releases. A rollback changes nothing.
    fn check_release(&self, offer: &Offer, verified: VerifiedStatement) -> Result<TrustedRelease, Refusal> {
        let VerifiedStatement { key_id, statement } = verified;
        let before = self.trusted.releases.get(&offer.component);
        let irreversible = before.and_then(|before| before.irreversible.clone());
        let last = before.filter(|before| self.keys.releases.contains(&offer.component, &before.key_id));
        let (trusted, received) = (last.map_or(0, |last| last.counter), statement.counter);
        check_step("release counter", trusted, received)?;
        if offer.kind == OfferKind::Rollback {
            let (key_id, counter) = last.map_or((key_id, received), |last| (last.key_id.clone(), trusted));
            return Ok(TrustedRelease { key_id, counter, irreversible });
        }
        if received < trusted {
            return Err(Refusal::ReleaseCounter { component: offer.component.clone(), trusted, received });
        }
        let irreversible = if statement.irreversible { Some(statement.version) } else { irreversible };
        Ok(TrustedRelease { key_id, counter: received, irreversible })
    }
}

fn check_floor(offer: &Offer, verified: &VerifiedStatement) -> Result<(), Refusal> {
    match &verified.statement.floor {
        Some(floor) if offer.kind == OfferKind::Update && offer.from.cmp_precedence(floor).is_lt() => {
            Err(Refusal::Floor { component: offer.component.clone(), floor: floor.clone() })
        }
        _ => Ok(()),
    }
}

/// Checks that a counter does not rise too far.
fn check_step(counter: &'static str, trusted: u64, received: u64) -> Result<(), Refusal> {
    if received.saturating_sub(trusted) > MAX_COUNTER_STEP {
        return Err(Refusal::FastForward { counter, trusted, received });
    }
    Ok(())
}

/// Returns whether a rollback from `running` to `to` undoes `version`.
fn is_between(version: &Version, to: &Version, running: &Version) -> bool {
    to.cmp_precedence(version).is_lt() && version.cmp_precedence(running).is_le()
}

fn unexpected(component: &str, reason: &'static str) -> Refusal {
    Refusal::UnexpectedComponent { component: component.to_owned(), reason }
}

fn trusted_answer(answer: &Answer, key_id: String, trusted: &TrustedState) -> TrustedAnswer {
    let is_rollback = |offer: &&Offer| offer.kind == OfferKind::Rollback;
    TrustedAnswer {
        key_id,
        // Within the slack of the clock an answer may be older than the last one; the trusted time never falls.
        issued_at: trusted.time(answer.issued_at),
        expires_at: answer.expires_at,
        counter: answer.counter,
        catalogue: answer.catalogue,
        rollbacks: answer.offers.iter().filter(is_rollback).map(trusted_rollback).collect(),
    }
}

fn trusted_rollback(offer: &Offer) -> TrustedRollback {
    TrustedRollback { component: offer.component.clone(), to: offer.to.clone(), attempt: offer.attempt }
}
