//! A client with which a chatbot asks CentOps which updates it may take.
//!
//! CentOps answers `GET /updates` with one small document, signed for this chatbot and this request. It links to
//! artefacts and has their digests. Publishers sign a *statement* of each release with an offline key. This crate
//! refuses answers that are forged, old, mixed, frozen or endless, and artefacts that are not the offered ones.
//!
//! # Quick start
//!
//! ```no_run
//! use centops_updates::{Config, Keys, Progress, ReleaseKeys, UpdateClient, Versions};
//!
//! # async fn install(_file: &std::path::Path) -> bool { true }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut identity = std::fs::read("bot.pem")?;
//! identity.extend(std::fs::read("bot.key")?);
//! let updates = UpdateClient::start(Config {
//!     identity: Some(identity),
//!     release_keys: ReleaseKeys::default().with("bot", Keys::from_jwks(&std::fs::read("bot-keys.json")?)?),
//!     ..Config::new("https://network.centops.ee".parse()?, "tax-board", "/var/lib/bot/updates.json")
//! })
//! .await?;
//!
//! let mut running = Versions::from([("bot".to_owned(), "2.1.0".parse()?)]);
//! let file = std::path::Path::new("/var/lib/bot/bot.tar");
//! loop {
//!     updates.wait().await;
//!     // What is installed goes on. `updates.status()` says why an answer was refused, and since when.
//!     let Ok(answer) = updates.check(&running).await else { continue };
//!     for offer in &answer.offers {
//!         // Fails if CentOps paused the rollout in between. Nothing may start then.
//!         let Ok(job) = updates.accept(offer).await else { continue };
//!         if updates.download(&job, file).await.is_err() {
//!             continue;
//!         }
//!         updates.report(&job, Progress::Installing).await?;
//!         if install(file).await {
//!             updates.report(&job, Progress::Succeeded).await?;
//!             running.insert(job.component().to_owned(), job.version().clone());
//!         } else {
//!             updates.report_failed(&job, "install").await?;
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! # Structure
//!
//! [`verify()`] decides whether an answer is accepted. It is pure, and can be used with another transport. The
//! [`TrustedState`] is what it compares answers with. [`UpdateClient`] adds the requests, the schedule and the file.
//! The README lists the checks in their order, for clients in other languages.

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
pub use centops_network_api::{InvalidKeys, Keys, SignatureError, SignedBody, TransportError};
pub use client::UpdateClient;
pub use config::{Config, KeySource};
pub use digest::{InvalidDigest, Sha256Digest};
pub use error::{CheckError, JobError, ReportError, StartError};
pub use job::{Progress, UpdateJob};
pub use refusal::{Refusal, StatementError};
pub use statement::{ReleaseKeys, Statement, TYP};
pub use status::{Refusals, Status};
pub use trust::{StateFileError, TrustedAnswer, TrustedRelease, TrustedRollback, TrustedState};
pub use verify::{
    Accepted, CLOCK_SLACK, CheckRequest, MAX_ANSWER_BYTES, MAX_COUNTER_STEP, MAX_LIFETIME, TrustedKeys, Versions,
    verify,
};
