//! The rules of CentOps.
//!
//! All code here is pure: times and random numbers are arguments, and no AWS or HTTP type appears. A value of one
//! of these types is valid by construction; rules across items (uniqueness, item versions) belong to the store.
//!
//! One module per area, with flat paths: `centops_domain::<area>::<Item>`.
//!
//! - [`chatbots`]: the enrolled chatbot, names, addresses
//! - [`health`]: detection of failing chatbots, the circuit, probes, the policy, the history
//! - [`routes`]: the route table and its change log
//! - [`ingestion`]: reports of DMRs and chatbots
//! - [`onboarding`]: invitations and applications
//! - [`outages`]: planned outages, their recurrence and the windows of time that they cover
//! - [`credentials`]: certificates, API keys, secrets
//! - [`peers`]: the registry of DMRs and classifiers
//! - [`institutions`], [`releases`]: the other records
//! - [`rollouts`]: who may take a release when, and when it stops
//! - [`alerts`]: events, as they are stored and shown
//! - [`incidents`]: outages as people work on them
//! - [`status_page`]: what everybody may know about the network
//! - [`session`]: sessions of people in the console, and their grants
//! - [`callers`], [`audit`], [`refusals`]: authenticated callers, the audit trail, and its limit of refusals
//! - [`restore`]: changes since a copy of the table was made, as the audit trail has them
//! - [`text`], [`rfc3339`], [`stamp`]: the administrator's reasons; times of requests; times in milliseconds

pub mod alerts;
pub mod audit;
pub mod callers;
pub mod chat;
pub mod chatbots;
pub mod credentials;
pub mod digest;
pub mod health;
pub mod incidents;
pub mod ingestion;
pub mod institutions;
pub mod json;
pub mod notifications;
pub mod onboarding;
pub mod outages;
pub mod peers;
pub mod refusals;
pub mod releases;
pub mod reports;
pub mod restore;
pub mod rfc3339;
pub mod rollouts;
pub mod routes;
pub mod session;
pub mod stamp;
pub mod status_page;
pub mod text;
mod time_id;
mod weekday;
