//! Update client.

mod answer;
mod artefact;
mod client;
pub mod config;
mod digest;
mod error;
mod job;
mod refusal;
pub mod schedule;
mod statement;
mod status;
mod transport;
mod trust;
mod verify;

pub use answer::{Advice, Answer, Artefact, Behind, KIND, Offer, OfferKind, Severity, Withdrawn};
pub use artefact::DownloadError;
pub use centops_client_common::{InvalidKeys, Keys, SignatureError, SignedBody, TransportError};
pub use client::UpdateClient;
pub use config::{Config, KeySource};
pub use digest::{InvalidDigest, Sha256Digest};
pub use error::{CheckError, JobError, ReportError, StartError};
pub use job::{Progress, UpdateJob};
pub use refusal::Refusal;
pub use statement::{ReleaseKeys, Statement, StatementError, TYP};
pub use status::{Refusals, Status};
pub use trust::{StateFileError, TrustedAnswer, TrustedRelease, TrustedRollback, TrustedState};
pub use verify::{
    Accepted, CLOCK_SLACK, CheckRequest, MAX_ANSWER_BYTES, MAX_COUNTER_STEP, MAX_LIFETIME, TrustedKeys, Versions,
    verify,
};
