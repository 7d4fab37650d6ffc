//! Reasons to refuse an answer or an artefact.

use std::time::Duration;

use centops_network_api::SignatureError;
use jiff::Timestamp;
use semver::Version;

/// The reason why an answer or an artefact was refused. Nothing of it is kept, and what is installed goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The signature of the answer is missing or not accepted.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The answer or the artefact is longer than it may be.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// The longest that is accepted.
        limit: u64,
    },
    /// The answer is not valid JSON of the expected form.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// The answer is for another chatbot, or for another enrolment of it.
    #[error("the answer is for {chatbot}, enrolled at {enrolment}")]
    Addressee {
        /// The chatbot that the answer is for.
        chatbot: String,
        /// Its enrolment.
        enrolment: Timestamp,
    },
    /// The answer has expired.
    #[error("the answer expired at {expires_at}, and it is {time}")]
    Expired {
        /// The end of the answer's validity.
        expires_at: Timestamp,
        /// The time of the check.
        time: Timestamp,
    },
    /// The answer is valid for more than 24 h, or for no time.
    #[error("the answer is valid from {issued_at} to {expires_at}: more than 24 h, or no time")]
    Lifetime {
        /// The time of the answer.
        issued_at: Timestamp,
        /// The end of its validity.
        expires_at: Timestamp,
    },
    /// The time of the answer is more than 10 min from the time of the check.
    #[error("the answer was issued at {issued_at}, and it is {time}: the clocks differ by more than 10 min")]
    Clock {
        /// The time of the answer.
        issued_at: Timestamp,
        /// The time of the check: that of the clock, but not before the last accepted answer.
        time: Timestamp,
    },
    /// The answer is to another request.
    #[error("the answer has another nonce than the request")]
    Nonce,
    /// The counter of the chatbot fell.
    #[error("the counter fell from {trusted} to {received}")]
    Counter {
        /// The counter of the last accepted answer.
        trusted: u64,
        /// The counter of this one.
        received: u64,
    },
    /// The revision of the catalogue fell.
    #[error("the catalogue fell from {trusted} to {received}")]
    Catalogue {
        /// The catalogue of the last accepted answer.
        trusted: u64,
        /// The catalogue of this one.
        received: u64,
    },
    /// A counter rose by more than a million.
    #[error("the {counter} rose from {trusted} to {received}")]
    FastForward {
        /// Which one: `counter`, `catalogue` or `release counter`.
        counter: &'static str,
        /// The trusted value.
        trusted: u64,
        /// The received value.
        received: u64,
    },
    /// A component is offered twice, or not installed, or is required without being in the statement.
    #[error("{component} is not expected: {reason}")]
    UnexpectedComponent {
        /// The component.
        component: String,
        /// Why it is not expected.
        reason: &'static str,
    },
    /// The offer is for another version than the one that runs.
    #[error("the offer is for {component} {from}, and {running} runs")]
    From {
        /// The component.
        component: String,
        /// The version that the offer is for.
        from: Version,
        /// The version that runs.
        running: Version,
    },
    /// An update is not to a newer version, or a rollback not to an older one.
    #[error("{component} {to} is in the other direction than the offer says")]
    Direction {
        /// The component.
        component: String,
        /// The offered version.
        to: Version,
    },
    /// A rollback came without a rise of the counter.
    #[error("the rollback of {component} to {to} came without a rise of the counter")]
    RollbackWithoutCounter {
        /// The component.
        component: String,
        /// The offered version.
        to: Version,
    },
    /// A rollback would pass a release that cannot be undone.
    #[error("{component} cannot go back to {to}: {irreversible} is irreversible")]
    Irreversible {
        /// The component.
        component: String,
        /// The offered version.
        to: Version,
        /// The release that cannot be undone.
        irreversible: Version,
    },
    /// The release counter of a component fell.
    #[error("the release counter of {component} fell from {trusted} to {received}")]
    ReleaseCounter {
        /// The component.
        component: String,
        /// The trusted release counter.
        trusted: u64,
        /// The received release counter.
        received: u64,
    },
    /// The statement is missing, not accepted, or about something else.
    #[error("the statement of {component} is refused: {reason}")]
    Statement {
        /// The component.
        component: String,
        /// The reason.
        reason: StatementError,
    },
    /// The statement has expired.
    #[error("the statement of {component} expired at {expires}")]
    StatementExpired {
        /// The component.
        component: String,
        /// The end of its validity.
        expires: Timestamp,
    },
    /// A required component is too old.
    #[error("{component} must be {minimum} or newer first")]
    Requires {
        /// The required component.
        component: String,
        /// The lowest version.
        minimum: Version,
    },
    /// The running version is too old for the release.
    #[error("{component} must be updated to {floor} first")]
    Floor {
        /// The component.
        component: String,
        /// The lowest version that may be updated.
        floor: Version,
    },
    /// The artefact cannot be downloaded, or is not the one that was offered.
    #[error("the artefact is refused: {0}")]
    Artefact(String),
    /// The whole run took too long.
    #[error("it did not end within {0:?}")]
    Slow(Duration),
}

/// The reason why a statement does not cover an offer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The component has a release key, and the offer has no statement.
    #[error("the offer has none, and a release key of the component is pinned")]
    Missing,
    /// Its signature is not accepted.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Its payload is not valid JSON of the expected form.
    #[error("its payload is malformed: {0}")]
    Malformed(String),
    /// It says something else than the offer.
    #[error("its {0} is not that of the offer")]
    Differs(&'static str),
    /// It is valid for more than a year.
    #[error("it is valid for more than a year")]
    Validity,
}

impl Refusal {
    /// Returns the stable name of the reason, for logs, metrics and the `cause` of a failed update.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "signature",
            Self::TooLarge { .. } => "too-large",
            Self::Malformed(_) => "malformed",
            Self::Addressee { .. } => "addressee",
            Self::Expired { .. } | Self::Lifetime { .. } | Self::StatementExpired { .. } => "expired",
            Self::Clock { .. } => "clock",
            Self::Nonce => "nonce",
            Self::Counter { .. }
            | Self::Direction { .. }
            | Self::RollbackWithoutCounter { .. }
            | Self::Irreversible { .. }
            | Self::ReleaseCounter { .. } => "rollback",
            Self::Catalogue { .. } => "catalogue",
            Self::FastForward { .. } => "fast-forward",
            Self::UnexpectedComponent { .. } => "unexpected-component",
            Self::From { .. } => "from",
            Self::Statement { .. } => "statement",
            Self::Requires { .. } => "requires",
            Self::Floor { .. } => "floor",
            Self::Artefact(_) => "artefact",
            Self::Slow(_) => "slow",
        }
    }
}
