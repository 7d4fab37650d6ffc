//! A client for the route table of CentOps, for authors of DMRs.
//!
//! A DMR (Distributed Message Room) forwards messages to chatbots. CentOps publishes the addresses of all healthy
//! chatbots as one signed *route table*. This crate keeps a verified copy of it: it polls CentOps in the background,
//! saves the last good table to a file, and answers lookups from memory, without a lock and without a request. A
//! DMR therefore keeps routing while CentOps is unavailable, for up to 72 h.
//!
//! # Quick start
//!
//! ```no_run
//! use centops_routes::{Config, Lookup, RouteClient, RoutingState};
//!
//! # async fn forward(_message: &str, _uri: &str) -> u16 { 200 }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut identity = std::fs::read("dmr.pem")?;
//! identity.extend(std::fs::read("dmr.key")?);
//! let routes = RouteClient::start(Config {
//!     identity: Some(identity),
//!     file: Some("/var/lib/dmr/routes".into()),
//!     ..Config::new("https://network.centops.ee".parse()?)
//! })
//! .await?;
//!
//! let http_status = match routes.lookup("tax-board") {
//!     Lookup::Found(route) => forward("When do you open?", &route.uri).await,
//!     // The table is valid and has no such route. Request the reason only if the user is to see it.
//!     Lookup::NoRoute => match routes.routing_state("tax-board").await {
//!         Ok(RoutingState::NotOnline { .. }) => 503,
//!         Ok(RoutingState::NotEnrolled) => 404,
//!         // The chatbot came back at this moment, or CentOps is unavailable.
//!         Ok(RoutingState::Online(_)) | Err(_) => 503,
//!     },
//!     // The table is too old, or there is none yet.
//!     Lookup::Expired | Lookup::NoTable => 503,
//! };
//!
//! let status = routes.status();
//! println!("{http_status}, revision {:?}, age {:?}, rejected {:?}", status.revision, status.age, status.rejections);
//! # Ok(())
//! # }
//! ```
//!
//! # Accepting an update
//!
//! A wrong table is worse than an old one: a truncated or forged table would cut off chatbots that work. The client
//! therefore checks every update, and keeps its table if a check fails. A client in another language should apply
//! the same checks, in this order:
//!
//! 1. **Authenticity.** A trusted key signed the decoded body ([`Keys::verify`]). The signature is a detached JWS with
//!    `ES256`; no other algorithm and no other critical header is accepted. This also detects truncated bodies.
//! 2. **Completeness.** The pages have one revision, time and count, and the last page has no `next`. The names are
//!    sorted and unique. The table has exactly `count` routes after the update.
//! 3. **No rollback.** The revision is not lower than the current one. There is no exception: a replayed table is
//!    validly signed.
//! 4. **Continuity.** A delta begins at the current revision. A delta from the past is ignored
//!    ([`UpdateOutcome::AlreadyApplied`]); after a gap the client requests the missing changes
//!    ([`UpdateOutcome::RequestAgain`]).
//! 5. **Plausibility.** A delta has a tombstone for each removed route and may remove any number. A full table has
//!    no tombstones. If it lacks more than 30 % of the current routes, or has other routes at the current revision,
//!    it is *held down*: rejected until CentOps has sent valid tables, none older than the one before, for 10 minutes.
//!    Ten minutes are enough for CentOps to repair itself, and short compared with an outage.
//!
//! [`Status::rejections`] shows rejected updates: raise an alarm on it. [`UpdatePolicy`] has the limits.
//!
//! # Age
//!
//! The age of a table counts from the *request* whose response last confirmed it, by 200 or 304. A restart does not
//! make it younger: the confirmation time is in the file. Beyond [`UpdatePolicy::max_age`] every lookup returns
//! [`Lookup::Expired`] until CentOps responds again.
//!
//! # File
//!
//! The file has the documents as CentOps signed them, and a SHA-256 of its content. It is written atomically and
//! verified like a response when it is read. With [`KeySource::Fetched`] it also has the keys, so that a DMR can
//! restart during an outage: whoever can write the file can then forge a route. Pin the keys
//! ([`KeySource::Pinned`]) if that matters.
//!
//! # Push
//!
//! A DMR may subscribe a queue of its own to the route topic. Pass each message to [`RouteClient::push`]: the table is
//! then newer than polling makes it. Polling continues: it confirms the table and finds messages that were lost.
//!
//! # Structure
//!
//! [`Updater`] is the update algorithm. It is pure, and can be used with another transport or another schedule.
//! [`RouteClient`] adds the transport, the schedule and the file. The feature `simulation` has a CentOps in memory
//! for tests of a DMR.

mod client;
pub mod config;
mod error;
mod lookup;
mod persistence;
mod policy;
pub mod protocol;
mod schedule;
#[cfg(feature = "simulation")]
pub mod simulation;
mod status;
mod table;
pub mod table_file;
pub mod transport;
pub mod updater;
mod worker;

pub use centops_network_api::{InvalidKeys, Keys, SignatureError, SignedBody, TransportError};
pub use client::{RouteClient, StartError};
pub use config::{Config, KeySource};
pub use error::UpdateError;
pub use lookup::{ConfirmedTable, Lookup};
pub use policy::UpdatePolicy;
pub use protocol::{Route, RouteRequest, RouteResponse};
pub use status::{Rejections, Status};
pub use table::RouteTable;
pub use transport::RoutingState;
pub use updater::{SavedTable, UpdateOutcome, Updater};
pub use worker::RefreshError;
