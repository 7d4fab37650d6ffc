//! The route table of CentOps, as a DMR keeps it.
//!
//! A DMR (Distributed Message Room) passes messages on to chatbots. CentOps tells it where they are, and of those
//! only the ones that are healthy. This crate asks CentOps in the background, believes only what is signed and
//! fits, keeps the last good table on disk for an outage of up to 72 h, and answers lookups without a lock.
//!
//! ```no_run
//! use centops_routes::{Config, Lookup, Routes, Standing};
//!
//! # async fn pass_on(_message: &str, _uri: &str) -> u16 { 200 }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut identity = std::fs::read("dmr.pem")?;
//! identity.extend(std::fs::read("dmr.key")?);
//! let routes = Routes::start(Config {
//!     identity: Some(identity),
//!     file: Some("/var/lib/dmr/routes".into()),
//!     ..Config::new("https://network.centops.ee".parse()?)
//! })
//! .await?;
//!
//! let answer = match routes.lookup("tax-board") {
//!     Lookup::Found(route) => pass_on("When do you open?", &route.uri).await,
//!     // The table is good and has no such route. Who wants to tell the user why asks CentOps.
//!     Lookup::Unknown => match routes.standing("tax-board").await {
//!         Ok(Standing::NotOnline { .. }) => 503,
//!         Ok(Standing::NotEnrolled) => 404,
//!         // It came back this moment, or CentOps is not there to be asked.
//!         Ok(Standing::Online(_)) | Err(_) => 503,
//!     },
//!     // Nothing is known any more, or not yet.
//!     Lookup::Expired | Lookup::NoTable => 503,
//! };
//!
//! let status = routes.status();
//! println!("{answer}, revision {:?}, age {:?}, refused {:?}", status.revision, status.age, status.refused);
//! # Ok(())
//! # }
//! ```
//!
//! Where CentOps pushes its route topic to a queue of the DMR, hand each message to [`Routes::push`]: the table is
//! then newer than any poll makes it, and a message that was missed is asked for at once.
//!
//! [`Keeper`] is what decides. It is pure: for a DMR with another transport, or in another rhythm. [`Rules`] are
//! what it goes by. The feature `simulation` has a CentOps in memory, for tests of a DMR.

pub mod config;
pub mod disk;
pub mod fetch;
pub mod keeper;
mod refusal;
mod routes;
mod schedule;
pub mod signature;
#[cfg(feature = "simulation")]
pub mod simulation;
mod storage;
mod table;
mod view;
mod wire;

pub use config::{Config, KeySource};
pub use fetch::{FetchError, Standing};
pub use keeper::{Keeper, Taken};
pub use refusal::{Refusal, Rules};
pub use routes::{RefreshError, Routes, StartError};
pub use signature::{InvalidKeys, Keys};
pub use table::Table;
pub use view::{Lookup, Refused, Status, View};
pub use wire::{Route, Signed};
