//! The features of an incident, and the tokens by which incidents are compared.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    health::{
        cause::{Cause, CheckReason, Witness},
        detector::Detector,
    },
    incidents::common_cause::Shared,
    ingestion::{
        code_result::CodeError,
        observation::{Observation, Signal},
        observer::Observer,
    },
};

/// The most log templates of an incident.
pub const MAX_TEMPLATES: usize = 3;

/// The kind of the cause of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// Enough observers found the chatbot failing.
    Failing,
    /// It failed a probe after an observer stopped reporting on it.
    Silence,
    /// It failed a probe after one observer found it failing and others did not.
    Disagreement,
    /// It failed a probe after its own log alone found it failing.
    OwnLog,
    /// A DMR stopped reporting.
    DmrSilent,
    /// Several incidents: only one DMR sees the chatbots fail.
    OneDmr,
    /// Several incidents on one host.
    OneHost,
    /// Several incidents of one version.
    OneVersion,
    /// Several incidents of one institution.
    OneInstitution,
    /// Incidents of the whole network.
    Everything,
}

impl CauseKind {
    /// Returns the kind of a cause; none if no incident has it: an enrolled chatbot was never online, and an
    /// administrator who forces one offline knows it.
    #[must_use]
    pub fn of(cause: &Cause) -> Option<Self> {
        Some(match cause {
            Cause::Failing(_) => Self::Failing,
            Cause::Unanswered(CheckReason::Silence) => Self::Silence,
            Cause::Unanswered(CheckReason::Disagreement) => Self::Disagreement,
            Cause::Unanswered(CheckReason::OwnLog) => Self::OwnLog,
            Cause::Enrolled | Cause::Forced(_) => return None,
        })
    }
}

impl From<&Shared> for CauseKind {
    fn from(shared: &Shared) -> Self {
        match shared {
            Shared::Dmr { .. } => Self::OneDmr,
            Shared::Host { .. } => Self::OneHost,
            Shared::Version { .. } => Self::OneVersion,
            Shared::Institution { .. } => Self::OneInstitution,
            Shared::Everything { .. } => Self::Everything,
        }
    }
}

/// The observers that found a chatbot failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WitnessKind {
    /// One DMR.
    OneDmr,
    /// Several DMRs.
    SeveralDmrs,
    /// The chatbot's own log.
    OwnLog,
}

/// The way in which a chatbot fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// It answers with a status from 500 on.
    ServerError,
    /// It answers with another status that counts as a failure.
    OtherStatus,
    /// It does not answer in time.
    Timeout,
    /// It takes no connection, or breaks it.
    Refused,
    /// It answers slowly.
    Slow,
    /// It logs errors.
    Logged,
}

impl Failure {
    fn of(observation: &Observation) -> Self {
        match observation.signal {
            Signal::Code { result: Ok(status), .. } if u16::from(status) >= 500 => Self::ServerError,
            Signal::Code { result: Ok(_), .. } => Self::OtherStatus,
            Signal::Code { result: Err(CodeError::Timeout), .. } => Self::Timeout,
            Signal::Code { result: Err(CodeError::Connection), .. } => Self::Refused,
            Signal::Log(_) => Self::Logged,
        }
    }
}

/// The time since the newest release of a component that the chatbot runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseAge {
    /// Less than a day.
    Day,
    /// Less than a week.
    Week,
    /// A week or more.
    Older,
}

impl From<SignedDuration> for ReleaseAge {
    fn from(age: SignedDuration) -> Self {
        match age.as_hours() {
            ..24 => Self::Day,
            24..168 => Self::Week,
            _ => Self::Older,
        }
    }
}

/// The features of an incident when it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// The kind of its cause.
    pub cause: CauseKind,
    /// The detectors that triggered.
    pub detectors: BTreeSet<Detector>,
    /// The observers that found it.
    pub witnesses: BTreeSet<WitnessKind>,
    /// The ways in which the chatbot fails.
    pub failures: BTreeSet<Failure>,
    /// The components whose version changed in the 24 hours before.
    pub changed: BTreeSet<Name>,
    /// True if other chatbots have the same host.
    pub is_host_shared: bool,
    /// The most frequent templates of its log, the first ones count ([`MAX_TEMPLATES`]).
    pub templates: Vec<String>,
    /// The time since the newest release of a component that it runs.
    pub release: Option<ReleaseAge>,
}

impl Features {
    /// Returns the features of a kind of cause without any evidence.
    #[must_use]
    pub fn new(cause: CauseKind) -> Self {
        Self {
            cause,
            detectors: BTreeSet::new(),
            witnesses: BTreeSet::new(),
            failures: BTreeSet::new(),
            changed: BTreeSet::new(),
            is_host_shared: false,
            templates: Vec::new(),
            release: None,
        }
    }

    /// Adds the evidence of the observers.
    #[must_use]
    pub fn with_witnesses(mut self, witnesses: &[Witness]) -> Self {
        let dmrs: BTreeSet<_> = witnesses.iter().filter_map(|witness| witness.observer.dmr()).collect();
        match dmrs.len() {
            0 => {}
            1 => _ = self.witnesses.insert(WitnessKind::OneDmr),
            _ => _ = self.witnesses.insert(WitnessKind::SeveralDmrs),
        }
        for witness in witnesses {
            self.detectors.insert(witness.by);
            if witness.observer == Observer::Chatbot {
                self.witnesses.insert(WitnessKind::OwnLog);
            }
            self.failures.extend(witness.recent.iter().map(Failure::of));
            if witness.by == Detector::SlowRate {
                self.failures.insert(Failure::Slow);
            }
        }
        self
    }

    /// Returns the tokens.
    #[must_use]
    pub fn tokens(&self) -> BTreeSet<Token> {
        let mut tokens = BTreeSet::from([Token::Cause(self.cause)]);
        tokens.extend(self.detectors.iter().copied().map(Token::Detector));
        tokens.extend(self.witnesses.iter().copied().map(Token::Witnesses));
        tokens.extend(self.failures.iter().copied().map(Token::Failure));
        tokens.extend(self.changed.iter().next().map(|_| Token::Changed));
        tokens.extend(self.changed.iter().cloned().map(Token::ChangedComponent));
        tokens.extend(self.is_host_shared.then_some(Token::HostShared));
        tokens.extend(self.templates.iter().take(MAX_TEMPLATES).cloned().map(Token::Template));
        tokens.extend(self.release.map(Token::Release));
        tokens
    }
}

/// A token: one feature of an incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Token {
    /// The kind of the cause.
    Cause(CauseKind),
    /// A detector that triggered.
    Detector(Detector),
    /// The observers that found it.
    Witnesses(WitnessKind),
    /// A way in which the chatbot fails.
    Failure(Failure),
    /// The version of a component changed in the 24 hours before.
    Changed,
    /// The version of this component did.
    ChangedComponent(Name),
    /// Other chatbots have the same host.
    HostShared,
    /// A template of its log.
    Template(String),
    /// The time since the last release.
    Release(ReleaseAge),
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        health::window::Counts,
        ingestion::{code_result::CodeResult, log_level::LogLevel, observer::InvalidObserver},
    };

    fn witness(observer: &str, by: Detector, signals: &[Signal]) -> Witness {
        let observer: Result<Observer, InvalidObserver> = observer.to_owned().try_into();
        let recent = signals.iter().map(|signal| Observation { at: Timestamp::UNIX_EPOCH, signal: *signal }).collect();
        Witness { observer: observer.expect("an observer"), by, counts: Counts::default(), score: 0, recent }
    }

    fn code(result: Result<u16, CodeError>) -> Signal {
        let result: CodeResult = result.map(|code| code.try_into().expect("a code"));
        Signal::Code { result, millis: None }
    }

    #[test]
    fn evidence_is_that_of_all_witnesses() {
        let features = Features::new(CauseKind::Failing).with_witnesses(&[
            witness("dmr:narva", Detector::Fast, &[code(Ok(503)), code(Err(CodeError::Timeout))]),
            witness("dmr:tartu", Detector::SlowRate, &[code(Ok(429)), code(Err(CodeError::Connection))]),
            witness("chatbot", Detector::FailureRate, &[Signal::Log(LogLevel::Error)]),
        ]);
        assert_eq!(features.witnesses, BTreeSet::from([WitnessKind::SeveralDmrs, WitnessKind::OwnLog]));
        assert_eq!(features.detectors, BTreeSet::from([Detector::Fast, Detector::SlowRate, Detector::FailureRate]));
        let all = [
            Failure::ServerError,
            Failure::OtherStatus,
            Failure::Timeout,
            Failure::Refused,
            Failure::Slow,
            Failure::Logged,
        ];
        assert_eq!(features.failures, BTreeSet::from(all));
    }

    #[test]
    fn one_dmr_is_not_several() {
        let features = Features::new(CauseKind::Failing).with_witnesses(&[witness("dmr:narva", Detector::Fast, &[])]);
        assert_eq!(features.witnesses, BTreeSet::from([WitnessKind::OneDmr]));
        assert!(Features::new(CauseKind::Silence).with_witnesses(&[]).witnesses.is_empty());
    }

    #[test]
    fn kind_of_a_cause_is_that_of_its_check() {
        let unanswered = |reason| CauseKind::of(&Cause::Unanswered(reason));
        assert_eq!(unanswered(CheckReason::Silence), Some(CauseKind::Silence));
        assert_eq!(unanswered(CheckReason::Disagreement), Some(CauseKind::Disagreement));
        assert_eq!(unanswered(CheckReason::OwnLog), Some(CauseKind::OwnLog));
        assert_eq!(CauseKind::of(&Cause::Failing(Vec::new())), Some(CauseKind::Failing));
        assert_eq!(CauseKind::of(&Cause::Enrolled), None);
        assert_eq!(CauseKind::of(&Cause::Forced("maintenance".to_owned())), None);
    }

    #[test]
    fn release_is_of_the_day_for_a_day() {
        let hours = |hours| ReleaseAge::from(SignedDuration::from_hours(hours));
        assert_eq!(hours(0), ReleaseAge::Day);
        assert_eq!(hours(23), ReleaseAge::Day);
        assert_eq!(hours(24), ReleaseAge::Week);
        assert_eq!(hours(167), ReleaseAge::Week);
        assert_eq!(hours(168), ReleaseAge::Older);
    }
}
